"""The X-Ray trace header. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader"""

from __future__ import annotations

import re
from typing import NamedTuple

from groundcloud.clock import random_hex
from groundcloud.spans import current

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_SEGMENT = re.compile(r"[0-9a-f]{16}")


class Trace(NamedTuple):
    """A trace, and the segment that API Gateway adds to it."""

    root: str
    parent: str
    sampled: bool

    @property
    def header(self) -> str:
        """`X-Amzn-Trace-Id` as it goes to the function's runtime and back to the client."""
        return f"Root={self.root};Parent={self.parent};Sampled={int(self.sampled)}"


def new_trace(header: str | None, epoch: float, traced: bool) -> Trace:
    """The trace named by a client's `X-Amzn-Trace-Id`, else a new one. A malformed header begins a new trace. While
    traces are kept, it is the request's own.

    `traced` is the stage's active tracing: it samples what the client did not decide.
    """
    given = _fields(header) if header else {}
    digits = random_hex(40)
    root = given.get("root", "")
    if not root or not _ROOT.fullmatch(root):
        root, given = f"1-{int(epoch):08x}-{digits[:24]}", {}
    parent = given.get("parent", "")
    if not parent or not _SEGMENT.fullmatch(parent):
        parent = digits[24:]
    span = current.get()
    if span is not None:
        span.sink.handed_on(span.id)
        root, parent = span.trace, span.id
    decision = given.get("sampled")
    return Trace(root, parent, decision == "1" if decision in ("0", "1") else traced)


def _fields(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name.lower(): value for name, _, value in pairs}
