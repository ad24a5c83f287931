"""One span as it is kept: what lists are filtered by, and the detail as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Record:
    """Times in epoch seconds and milliseconds. `parent` is "" for the first of a trace. `detail` holds what only the
    view of one trace shows; `text` is what a search looks at."""

    trace: str
    id: str
    parent: str
    kind: str
    service: str
    operation: str
    resource: str
    function: str
    account: str
    region: str
    caller: str
    status: int
    outcome: str
    started: float
    ms: float
    request_id: str
    error: dict[str, str] | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    def shown(self, logs: list[dict[str, Any]]) -> dict[str, Any]:
        """As control routes and exports show it: `Span` of groundcloud/edge/openapi.yaml."""
        return {
            "spanId": self.id,
            "parentId": self.parent or None,
            "traceId": self.trace,
            "kind": self.kind,
            "service": self.service,
            "operation": self.operation,
            "resource": self.resource,
            "account": self.account,
            "region": self.region,
            "caller": self.caller,
            "status": self.status,
            "outcome": self.outcome,
            "error": self.error,
            "startedAt": self.started,
            "durationMs": round(self.ms, 3),
            "function": self.function or None,
            "requestId": self.request_id,
            "coldStart": False,
            "initMs": None,
            **self.detail,
            "logs": logs,
        }


@dataclass(frozen=True)
class LogLine:
    """`time` in epoch seconds."""

    trace: str
    span: str
    time: float
    level: str
    message: str
    request_id: str
    function: str
