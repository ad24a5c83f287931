"""Traces as the control routes `/traces` tell them, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ui.readers.control import Control
from ui.readers.types import Log

MASK = "•••"
"""What stands in a trace where a secret stood."""


@dataclass(frozen=True)
class Fault:
    """What a step failed of."""

    code: str
    message: str


@dataclass(frozen=True)
class Summary:
    """One trace in a list. `started_at` is epoch seconds; `outcome` is ``ok``, ``error`` or ``denied``; `spans` says
    how many steps it has, `functions` which ran in it."""

    trace_id: str
    started_at: float
    duration_ms: float
    kind: str
    service: str
    operation: str
    resource: str
    status: int
    outcome: str
    error: Fault | None
    spans: int
    functions: list[str]
    account: str
    region: str
    caller: str


@dataclass(frozen=True)
class Sent:
    """A request or what a function was given. `masked` says that a secret in the body was replaced by `MASK`,
    `truncated` that the body was longer than what is kept."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: str
    truncated: bool
    masked: bool


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    truncated: bool


@dataclass(frozen=True)
class Verdict:
    """IAM's decision: the `statement` that decided, or the one that is `missing`, and the sentence that AWS gives."""

    allowed: bool
    action: str
    resource: str
    statement: dict[str, Any] | None
    missing: dict[str, Any] | None
    reason: str


@dataclass(frozen=True)
class Span:
    """One step of a trace. Times are epoch seconds and milliseconds; `function` is the one that ran, if one did."""

    span_id: str
    parent_id: str
    kind: str
    service: str
    operation: str
    resource: str
    account: str
    region: str
    caller: str
    status: int
    outcome: str
    error: Fault | None
    started_at: float
    duration_ms: float
    request_bytes: int
    response_bytes: int
    request: Sent | None
    response: Answer | None
    decision: Verdict | None
    function: str
    request_id: str
    cold_start: bool
    init_ms: float | None

    @property
    def label(self) -> str:
        return f"{self.service} {self.operation}".strip() or self.kind


@dataclass(frozen=True)
class Trace:
    """Every step of one request, and what the functions in it logged."""

    trace_id: str
    spans: list[Span]
    logs: list[Log]

    @property
    def by_id(self) -> dict[str, Span]:
        return {each.span_id: each for each in self.spans}


class Traces:
    """Reads traces. Every method raises `CloudUnavailable` when the cloud does not answer as it should."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def newest(self, filters: dict[str, str], limit: int = 50) -> tuple[list[Summary], str]:
        """Traces, newest first, and the cursor of the older ones, "" when there are none. `filters` are the route's
        own; the empty ones count for nothing. Raises `CloudRefused`: 400 for a filter that is none, 404 when no
        traces are kept."""
        found = self._control.get("/traces", {**filters, "limit": str(limit)})
        return [summary(each) for each in found["traces"]], str(found.get("next") or "")

    def find(self, trace_id: str) -> Trace | None:
        found = self._control.find(f"/traces/{trace_id}")
        if found is None:
            return None
        logs = [_log(each) for each in found["logs"]]
        return Trace(found["traceId"], [span(each) for each in found["spans"]], logs)

    def stats(self) -> dict[str, Any] | None:
        """Counts, bytes, limits, and latencies by service, as the route tells them; None when no traces are kept."""
        return self._control.find("/traces/stats")


def summary(found: dict[str, Any]) -> Summary:
    return Summary(
        trace_id=found["traceId"],
        started_at=found["startedAt"],
        duration_ms=found["durationMs"],
        spans=found["spans"],
        functions=list(found["functions"]),
        **_common(found),
    )


def span(found: dict[str, Any]) -> Span:
    return Span(
        span_id=found["spanId"],
        parent_id=found["parentId"] or "",
        started_at=found["startedAt"],
        duration_ms=found["durationMs"],
        request_bytes=found.get("requestBytes") or 0,
        response_bytes=found.get("responseBytes") or 0,
        request=_sent(found.get("request")),
        response=_answer(found.get("response")),
        decision=_verdict(found.get("decision")),
        function=found.get("function") or "",
        request_id=found.get("requestId") or "",
        cold_start=bool(found.get("coldStart")),
        init_ms=found.get("initMs"),
        **_common(found),
    )


def _common(found: dict[str, Any]) -> dict[str, Any]:
    names = ("kind", "service", "operation", "resource", "outcome", "account", "region", "caller")
    error = found.get("error")
    fault = Fault(error.get("code") or "", error.get("message") or "") if error else None
    return {name: found.get(name) or "" for name in names} | {"status": found.get("status") or 0, "error": fault}


def _sent(found: dict[str, Any] | None) -> Sent | None:
    if found is None:
        return None
    body = found.get("body") or ""
    masked = bool(found.get("masked")) or MASK in body
    return Sent(found["method"], found["url"], _pairs(found), body, bool(found.get("truncated")), masked)


def _answer(found: dict[str, Any] | None) -> Answer | None:
    if found is None:
        return None
    return Answer(found.get("status") or 0, _pairs(found), found.get("body") or "", bool(found.get("truncated")))


def _pairs(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in found.get("headers") or ()]


def _verdict(found: dict[str, Any] | None) -> Verdict | None:
    if found is None:
        return None
    return Verdict(
        allowed=bool(found["allowed"]),
        action=found.get("action") or "",
        resource=found.get("resource") or "",
        statement=found.get("statement"),
        missing=found.get("missing"),
        reason=found.get("reason") or "",
    )


def _log(found: dict[str, Any]) -> Log:
    return Log(
        time=found["time"],
        level=(found.get("level") or "").upper(),
        message=found["message"],
        function=found.get("function") or "",
        request_id=found.get("requestId") or "",
    )
