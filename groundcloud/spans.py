"""Spans while they happen: what the parts know of the request they work for, and how it is handed on.

A span is one timed step: a request, a run of a function, an authorizer's check. The parts fill it in and hand it to a
`SpanSink` when it is over; `groundcloud.trace` does everything else, later and elsewhere. Within one task, and in what
it starts, the current span is a context variable; across processes it is the X-Ray header, which AWS SDKs send by
themselves (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from random import getrandbits as _bits
from typing import Any, Protocol

_ROOT = re.compile(r"(?:^|;)\s*root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?=;|\s*$)", re.IGNORECASE)
_PARENT = re.compile(r"(?:^|;)\s*parent=([0-9a-f]{16})(?=;|\s*$)", re.IGNORECASE)
_SAMPLED = re.compile(r"(?:^|;)\s*sampled=([01])(?=;|\s*$)", re.IGNORECASE)
_PLAIN = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=([0-9a-f]{16});Sampled=([01])")
"""As everybody writes it: the others are for what differs in order or case."""

KEPT_WHOLE = 64 * 1024
"""Bytes up to which a payload is held for the trace as a whole."""

KEPT_HEAD = 4096
"""Bytes of a longer one."""


class SpanSink(Protocol):
    """Takes what is over. Both are cheap, never block, and are called on the event loop only."""

    def span(self, span: Span) -> None: ...

    def line(self, span: Span, text: str, timestamp: int | None) -> None:
        """A log line of a function's run; `timestamp` in milliseconds since the epoch, None for now."""
        ...

    def handed_on(self, span: str) -> None:
        """A header names this span as the cause of what may come."""
        ...

    def knows(self, span: str) -> bool:
        """Whether it was one of ours that was handed on, lately."""
        ...


class _Nowhere:
    """Keeps nothing."""

    def span(self, span: Span) -> None: ...

    def line(self, span: Span, text: str, timestamp: int | None) -> None: ...

    def handed_on(self, span: str) -> None: ...

    def knows(self, span: str) -> bool:
        return False


UNKEPT_SPANS: SpanSink = _Nowhere()
"""For what must leave no trace, nor anything it causes."""


class Span:
    """One step. What is not known stays as it is here: most spans set few of these.

    `kind` is ``request``, ``invocation``, ``authorizer``, ``trigger``, ``delivery`` or ``init``. `started` is epoch
    seconds, `seconds` how long it took, `logged` when its last log line was. `parent` is a span's id or "". Header
    pairs are text on the way in and bytes on the way out; bodies are heads, the sizes those of the whole. `decisions`
    are what IAM decided, as its log keeps them; `event` is what a function was given.
    """

    kind = "request"
    service = operation = resource = account = region = caller = function = request_id = ""
    method = url = error_code = error_message = ""
    seconds = logged = 0.0
    status = request_size = response_size = 0
    sampled = "0"
    failed = cold = False
    init_ms: float | None = None
    spawned = 0.0
    request_headers: list[tuple[str, str]] | None = None
    request_body = response_body = b""
    request_chunks: list[bytes] | None = None
    response_headers: list[tuple[bytes, bytes]] | None = None
    response_chunks: list[bytes] | None = None
    decisions: list[Any] | None = None
    identity: Any = None
    signer: Any = None

    def __init__(self, sink: SpanSink, trace: str, parent: str, started: float, begun: float) -> None:
        self.sink = sink
        self.trace = trace
        self.parent = parent
        self.id = f"{_bits(64):016x}"
        self.started = started
        self.begun = begun

    @property
    def header(self) -> str:
        """`X-Amzn-Trace-Id` for what this span causes."""
        self.sink.handed_on(self.id)
        return f"Root={self.trace};Parent={self.id};Sampled={self.sampled}"

    def child(self, kind: str) -> Span:
        """A step of this one that begins now."""
        span = Span(self.sink, self.trace, self.id, time.time(), time.perf_counter())
        span.kind, span.sampled, span.account, span.region = kind, self.sampled, self.account, self.region
        return span

    def end(self) -> None:
        """It is over: hand it to whoever keeps it."""
        self.seconds = time.perf_counter() - self.begun
        self.sink.span(self)

    def decided(self, decision: Any) -> None:
        """IAM's log has this of it."""
        if self.decisions is None:
            self.decisions = [decision]
        else:
            self.decisions.append(decision)

    # what goes through

    def received(self, chunk: bytes) -> None:
        """A piece of the request's body."""
        self.request_size += len(chunk)
        if self.request_chunks is None:
            self.request_chunks = [_kept(chunk)]
        elif self.request_size <= KEPT_WHOLE:
            self.request_chunks.append(chunk)

    def answered(self, message: Mapping[str, Any]) -> None:
        """A message of ASGI's on its way to the client."""
        if message["type"] == "http.response.start":
            self.response_headers = message.get("headers")
        else:
            self.sent(message.get("body", b""))

    def sent(self, chunk: bytes) -> None:
        """A piece of the answer's body."""
        self.response_size += len(chunk)
        if self.response_chunks is None:
            self.response_chunks = [_kept(chunk)]
        elif self.response_size <= KEPT_WHOLE:
            self.response_chunks.append(chunk)


def _kept(chunk: bytes) -> bytes:
    return chunk if len(chunk) <= KEPT_WHOLE else chunk[:KEPT_HEAD]


current: ContextVar[Span | None] = ContextVar("groundcloud_span", default=None)
"""The span of the request or function that this task works for; None when nobody keeps traces."""


def belongs_to(account: str, region: str) -> None:
    """The current request is about a resource of this account, whatever its signature says, or without one."""
    span = current.get()
    if span is not None:
        span.account, span.region = account, region


def new_trace_id(now: float) -> str:
    return f"1-{int(now):08x}-{_bits(96):024x}"


def root_of(header: str | None) -> str:
    """The trace that a header names, in lower case; "" when it names none."""
    return _read(header)[0] if header else ""


def parent_of(header: str | None) -> str:
    """The span that a header names as the cause; "" when it names none."""
    return _read(header)[1] if header else ""


def sampled_of(header: str | None) -> str:
    """``0`` or ``1``; ``0`` when a header does not say."""
    return _read(header)[2] if header else "0"


@lru_cache(maxsize=16)
def _read(header: str) -> tuple[str, str, str]:
    """Root, parent and sampled: each is asked for one after the other."""
    plain = _PLAIN.fullmatch(header)
    if plain is not None:
        return plain[1], plain[2], plain[3]
    root, parent, sampled = (form.search(header) for form in (_ROOT, _PARENT, _SAMPLED))
    return root[1].lower() if root else "", parent[1].lower() if parent else "", sampled[1] if sampled else "0"
