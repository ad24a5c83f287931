"""A trace as lists show it: grown span by span, each of which may come in any order. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from groundcloud.trace.limits import MAX_TEXT
from groundcloud.trace.record import Record

Outcome = tuple[str, dict[str, str] | None]
"""With the error, if there was one."""


@dataclass
class Summary:
    """`own` is the first span's outcome, `within` the worst of what counts. `root` is the id of the first span, ""
    until it is known: whoever waits for others ends after them. `told` is how many spans it had when it was published
    last."""

    id: str
    root: str = ""
    started: float = 0.0
    ms: float = 0.0
    kind: str = ""
    service: str = ""
    operation: str = ""
    resource: str = ""
    status: int = 0
    own: Outcome = ("ok", None)
    within: Outcome = ("ok", None)
    account: str = ""
    region: str = ""
    caller: str = ""
    spans: int = 0
    told: int = 0
    bytes: int = 0
    ended: float = 0.0
    functions: dict[str, None] = field(default_factory=dict)
    services: dict[str, None] = field(default_factory=dict)
    operations: dict[str, None] = field(default_factory=dict)
    resources: dict[str, None] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    letters: int = 0

    def add(self, record: Record, size: int) -> None:
        self.spans += 1
        self.bytes += size
        self.ended = max(self.ended, record.started + record.ms / 1000)
        for names, name in (
            (self.functions, record.function),
            (self.services, record.service),
            (self.operations, record.operation),
            (self.resources, record.resource),
        ):
            if name and len(names) < 100:
                names[name] = None
        if self.letters < MAX_TEXT:
            self.texts.append(_searched(record))
            self.letters += len(self.texts[-1])
        first = not self.spans - 1
        if not record.parent and (not self.root or record.started < self.started):
            self._begin_with(record)
        elif not self.root and (first or record.started < self.started):
            self._begin_with(record)
            self.root = ""
        self._judge(record)

    def _begin_with(self, record: Record) -> None:
        self.root, self.started, self.ms, self.kind = record.id, record.started, record.ms, record.kind
        self.service, self.operation, self.resource = record.service, record.operation, record.resource
        self.status, self.account, self.region = record.status, record.account, record.region
        self.caller, self.own = record.caller, (record.outcome, record.error)

    def _judge(self, record: Record) -> None:
        """A refusal within counts, and so does a function or server that failed; that a call within was answered 404
        is how many functions ask whether something is there."""
        counts = record.outcome == "denied" or record.kind != "request" or record.status >= 500
        if counts and _WORSE[record.outcome] > _WORSE[self.within[0]]:
            self.within = (record.outcome, record.error)

    @property
    def text(self) -> str:
        """What a search looks at, in lower case, each word once."""
        words = dict.fromkeys(" ".join(self.texts).lower().split())
        self.texts = [" ".join(words)[:MAX_TEXT]]
        self.letters = len(self.texts[0])
        return self.texts[0]

    @property
    def outcome(self) -> str:
        return self._worst[0]

    @property
    def error(self) -> dict[str, str] | None:
        return self._worst[1]

    @property
    def _worst(self) -> Outcome:
        return self.within if _WORSE[self.within[0]] > _WORSE[self.own[0]] else self.own

    def shown(self) -> dict[str, Any]:
        return {
            "traceId": self.id,
            "startedAt": self.started,
            "durationMs": round(self.ms, 3),
            "endedAt": self.ended,
            "kind": self.kind,
            "service": self.service,
            "operation": self.operation,
            "resource": self.resource,
            "status": self.status,
            "outcome": self.outcome,
            "error": self.error,
            "spans": self.spans,
            "functions": list(self.functions),
            "services": list(self.services),
            "account": self.account,
            "region": self.region,
            "caller": self.caller,
        }


_WORSE = {"ok": 0, "error": 1, "denied": 2}


def _searched(record: Record) -> str:
    code = f"{record.error['code']} {record.error['message']}" if record.error else ""
    named = f"{record.service} {record.operation} {record.resource} {record.function} {record.caller}"
    return f"{record.text} {named} {code}"
