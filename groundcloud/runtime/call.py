"""One call of a function: what it gets, and how it ended."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from groundcloud.runtime import limits
from groundcloud.runtime.response_stream import ResponseStream
from groundcloud.spans import Span


class Outcome(NamedTuple):
    """How a call ended. `duration` milliseconds; `tail` the end of its log, only if it was asked for. Of a response
    that was streamed, `payload` is the error it ended with, or nothing."""

    payload: bytes
    failed: bool
    duration: float
    tail: bytes = b""


class Share(NamedTuple):
    """Of `ready` environments of provisioned concurrency so many are `busy`, when a call began in one of them."""

    busy: int
    ready: int


_MORE = "[more lines of this call are in CloudWatch Logs]\n"


@dataclass(eq=False)
class Call:
    """One invocation on its way: what the function gets, and what is known of it meanwhile. `stream` takes a streamed
    response, for a caller who wants it as it comes. `provided`: provisioned concurrency took it, and how much of
    that was busy then."""

    request_id: str
    payload: bytes
    arn: str
    trace: str
    client_context: str | None = None
    wants_tail: bool = False
    stream: ResponseStream | None = None
    started: float = 0.0
    provided: Share | None = None
    tail: bytearray = field(default_factory=bytearray)
    done: asyncio.Future[Outcome] | None = None
    span: Span | None = None
    lines: int = 0

    def log(self, text: str, timestamp: int | None = None, *, told: bool = False) -> None:
        """One more line of its log: for its trace, and the end of it for a caller who wants that. A flood is cut short
        in the trace, but not what is `told` of the call."""
        if self.wants_tail:
            append_tail(self.tail, text)
        if self.span is None:
            return
        self.lines += 1
        if told or self.lines <= limits.TRACED_LINES:
            self.span.sink.line(self.span, text, timestamp)
        elif self.lines == limits.TRACED_LINES + 1:
            self.span.sink.line(self.span, _MORE, None)

    def begins_cold(self, age_ms: float, init_ms: float | None) -> None:
        """It is the first one of its environment, which was started so long ago."""
        if self.span is not None:
            self.span.cold, self.span.init_ms = True, init_ms
            self.span.spawned = time.time() - age_ms / 1000

    def settle(self, outcome: Outcome) -> None:
        """It is over. The caller may have gone away meanwhile: the call ran to its end all the same."""
        if self.stream is not None:
            self.stream.close()
        if self.done is not None and not self.done.done():
            self.done.set_result(outcome)


def append_tail(tail: bytearray, text: str) -> None:
    tail += text.encode()
    if len(tail) > 16 * limits.LOG_TAIL_BYTES:
        del tail[: -limits.LOG_TAIL_BYTES]


def error_type(payload: bytes) -> str:
    try:
        value = json.loads(payload)
    except ValueError:
        return ""
    return str(value.get("errorType") or "") if isinstance(value, dict) else ""
