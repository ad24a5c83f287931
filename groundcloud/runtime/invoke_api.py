"""Lambda's `Invoke` operation on the wire: reads the request, writes the response. Pure.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from groundcloud.http import Headers, Request, Response
from groundcloud.ports import InvokeResult
from groundcloud.runtime import errors, event_stream, limits

_KINDS = ("RequestResponse", "Event", "DryRun")
_STREAMED_KINDS = ("RequestResponse", "DryRun")


@dataclass(frozen=True)
class InvokeRequest:
    """What the caller asks for; `kind` is the invocation type."""

    kind: str
    payload: bytes
    wants_tail: bool
    client_context: str | None
    trace_header: str | None


def read_invoke(request: Request, *, streamed: bool = False) -> InvokeRequest:
    """Raises `AwsError` for a payload that is too large or no JSON, and for bad headers. A `streamed` one is an
    `InvokeWithResponseStream`, which is never asynchronous."""
    headers = request.headers
    kind = headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    if kind not in (_STREAMED_KINDS if streamed else _KINDS):
        raise errors.invalid_parameter(f"Unsupported invocation type: {kind}")
    payload = request.body or b"{}"
    limit = limits.ASYNC_PAYLOAD_BYTES if kind == "Event" else limits.SYNC_PAYLOAD_BYTES
    if len(payload) > limit:
        raise errors.request_too_large(len(payload), kind, limit)
    _check_json(payload)
    return InvokeRequest(
        kind=kind,
        payload=payload,
        wants_tail=(headers.get("X-Amz-Log-Type") or "").lower() == "tail",
        client_context=read_client_context(headers.get("X-Amz-Client-Context")),
        trace_header=headers.get("X-Amzn-Trace-Id"),
    )


def read_client_context(header: str | None) -> str | None:
    """The client context as plain JSON in ASCII, from its Base64 form in the request."""
    if not header:
        return None
    try:
        value = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError) as error:
        raise errors.invalid_client_context() from error
    if not isinstance(value, dict):
        raise errors.invalid_client_context()
    return json.dumps(value)


def accepted(request_id: str, version: str) -> Response:
    """202: an asynchronous call was queued."""
    headers = [("Content-Length", "0"), ("x-amzn-RequestId", request_id), ("X-Amz-Executed-Version", version)]
    return Response(202, Headers(headers))


def dry_run(version: str) -> Response:
    """204: the call would be allowed."""
    return Response(204, Headers([("X-Amz-Executed-Version", version)]))


def answer(result: InvokeResult, *, with_log: bool, trace_header: str) -> Response:
    """200: the function ran, well or not."""
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", result.request_id),
        ("X-Amz-Executed-Version", result.executed_version),
        ("X-Amzn-Trace-Id", trace_header.partition(";")[0]),
    ]
    if result.function_error:
        headers.append(("X-Amz-Function-Error", result.function_error))
    if with_log:
        headers.append(("X-Amz-Log-Result", base64.b64encode(result.log_tail).decode()))
    return Response(200, Headers(headers), result.payload)


def stream_headers(request_id: str, version: str, trace_header: str) -> Headers:
    """The head of a streamed answer.

    https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
    """
    return Headers(
        [
            ("Content-Type", event_stream.CONTENT_TYPE),
            ("x-amzn-RequestId", request_id),
            ("X-Amz-Executed-Version", version),
            ("X-Amzn-Trace-Id", trace_header.partition(";")[0]),
        ]
    )


def _check_json(payload: bytes) -> None:
    try:
        json.loads(payload, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise errors.invalid_json("it is nested too deeply") from error
    except ValueError as error:
        raise errors.invalid_json(str(error)) from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"Unrecognized token '{name}'")
