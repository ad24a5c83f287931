"""How a start that failed is told to the call that waited for it: pure.

The runtime's own error, as it told it. Where no runtime could be run (Runtime.InvalidEntrypoint), Lambda tells it
itself, with the call's id:
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from groundcloud.runtime.call import error_type

_ENTRYPOINT = "Runtime.InvalidEntrypoint"


class FailedStart(NamedTuple):
    """`payload` and `line` are made of the call's id; "" is no line."""

    payload: Callable[[str], bytes]
    status: str
    error_type: str
    line: Callable[[str], str]


def failed_start(payload: bytes) -> FailedStart:
    """Of the error that a runtime's ``/runtime/init/error`` had."""
    kind = error_type(payload)
    if kind != _ENTRYPOINT:
        return FailedStart(lambda _: payload, "error", kind, lambda _: "")
    reason = str(json.loads(payload).get("errorMessage"))
    return FailedStart(partial(_payload, reason), "error", kind, partial(_line, reason))


def _payload(reason: str, request_id: str) -> bytes:
    return json.dumps({"errorType": _ENTRYPOINT, "errorMessage": _message(reason, request_id)}).encode()


def _line(reason: str, request_id: str) -> str:
    return f"{_message(reason, request_id)}\n{_ENTRYPOINT}\n"


def _message(reason: str, request_id: str) -> str:
    return f"RequestId: {request_id} Error: {reason}"
