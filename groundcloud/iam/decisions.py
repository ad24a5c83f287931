"""The decisions that were made, newest first: a bounded ring in memory, rendered when it is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from groundcloud.iam.advice import statement_that_would_allow
from groundcloud.iam.limits import MAX_DECISIONS
from groundcloud.iam.messages import message
from groundcloud.iam.model import Caller, Decision
from groundcloud.spans import current


class Recorded(NamedTuple):
    """`number` counts decisions from the start of the process; `time` in epoch seconds; `refused` whether the caller
    was refused, which in mode audit it is not."""

    number: int
    time: float
    request_id: str
    operation: str
    decision: Decision
    mode: str
    refused: bool


class DecisionLog:
    """Keeps the last `MAX_DECISIONS`."""

    def __init__(self) -> None:
        self._ring: deque[Recorded] = deque(maxlen=MAX_DECISIONS)
        self._count = 0

    def add(self, time: float, request_id: str, operation: str, decision: Decision, mode: str, refused: bool) -> None:
        self._count += 1
        recorded = Recorded(self._count, time, request_id, operation, decision, mode, refused)
        self._ring.append(recorded)
        span = current.get()
        if span is not None:
            span.decided(recorded)

    def clear(self) -> None:
        """Forget them; numbers go on, so that who asks for newer ones than he has sees those that come."""
        self._ring.clear()

    def listed(
        self, *, allowed: bool | None, wanted: Mapping[str, str], after: int, limit: int
    ) -> list[dict[str, Any]]:
        """As JSON objects, newest first: those that were `allowed`, those that were not, or, with None, both. `wanted`
        are parts of texts that must occur: ``principal``, ``action``, ``resource``, ``requestId``."""
        found: list[dict[str, Any]] = []
        for one in self._newer(after):
            if (allowed is not None and one.decision.allowed is not allowed) or not _fits(one, wanted):
                continue
            found.append(rendered(one))
            if len(found) >= limit:
                break
        return found

    def _newer(self, after: int) -> Iterator[Recorded]:
        for one in reversed(self._ring):
            if one.number <= after:
                return
            yield one


def principal_of(caller: Caller) -> str:
    return caller.arn or caller.name or caller.kind.value


def _fits(one: Recorded, wanted: Mapping[str, str]) -> bool:
    request = one.decision.request
    texts = {
        "principal": f"{principal_of(request.caller)} {request.caller.role_arn or ''}",
        "action": request.action,
        "resource": request.resource,
        "requestId": one.request_id,
    }
    return all(part.lower() in texts[name].lower() for name, part in wanted.items())


def rendered(one: Recorded) -> dict[str, Any]:
    """One decision as the control route shows it."""
    decision = one.decision
    request = decision.request
    return {
        "number": one.number,
        "time": one.time,
        "at": datetime.fromtimestamp(one.time, UTC).isoformat(timespec="milliseconds"),
        "requestId": one.request_id,
        "operation": one.operation,
        "role": request.caller.role_arn,
        "account": request.caller.account,
        "decision": decision.kind.value,
        "conditionKeys": {name: list(values) for name, values in sorted(request.context.items())},
        **told(one),
    }


def told(one: Recorded) -> dict[str, Any]:
    """Of one decision what a trace tells: who may do what, and why."""
    decision = one.decision
    request, matched = decision.request, decision.matched
    body: dict[str, Any] = {
        "principal": principal_of(request.caller),
        "action": request.action,
        "resource": request.resource,
        "allowed": decision.allowed,
        "refused": one.refused,
        "mode": one.mode,
        "matched": None,
        "message": message(decision),
        "remedies": [
            {"remove": advice.remove, "kind": advice.kind.value, "policy": advice.policy, "statement": advice.statement}
            for advice in statement_that_would_allow(decision)
        ],
    }
    if matched is not None:
        body["matched"] = {
            "kind": matched.policy.kind.value,
            "policy": matched.policy.name,
            "owner": matched.policy.owner,
            "index": matched.index,
            "sid": matched.sid,
            "statement": matched.statement,
        }
    return body
