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
