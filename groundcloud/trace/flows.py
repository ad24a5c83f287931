"""What called what: spans → one line for each pair of resources, with counts. Pure.

A request to AWS's Lambda API names no resource of its own, because the run of the function does; neither does the start
of an environment. What names nothing is passed over: a call counts for the nearest cause that names something.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Step(NamedTuple):
    """What is needed of a span."""

    trace: str
    id: str
    parent: str
    kind: str
    service: str
    resource: str
    function: str
    account: str
    region: str
    outcome: str
    started: float


class Place(NamedTuple):
    """A service and what was used of it, as the trace names it: a function by its name, an object by its bucket, an API
    without its stage."""

    service: str
    name: str


@dataclass
class Flow:
    """`count` calls from `cause` (None: from outside) to `place`, `errors` of which failed or were denied; the last one
    began at `last` (epoch seconds)."""

    cause: Place | None
    place: Place
    account: str
    region: str
    count: int = 0
    errors: int = 0
    last: float = 0.0

    def shown(self) -> dict[str, Any]:
        return {
            "from": self.cause._asdict() if self.cause else None,
            "to": self.place._asdict(),
            "account": self.account,
            "region": self.region,
            "count": self.count,
            "errors": self.errors,
            "last": self.last,
        }


def flows(steps: Iterable[Step]) -> list[Flow]:
    """The one that was used last first."""
    known = {(each.trace, each.id): each for each in steps}
    found: dict[tuple[Place | None, Place, str, str], Flow] = {}
    for step in known.values():
        place = place_of(step)
        cause = _cause(step, known)
        if place is None or place == cause:
            continue
        key = (cause, place, step.account, step.region)
        flow = found.setdefault(key, Flow(*key))
        flow.count += 1
        flow.errors += step.outcome != "ok"
        flow.last = max(flow.last, step.started)
    return sorted(found.values(), key=lambda each: -each.last)


def place_of(step: Step) -> Place | None:
    """What a span is about, None when it names nothing."""
    if step.kind == "init":
        return None
    if step.function:
        return Place("lambda", step.function)
    if step.service == "lambda" or not step.resource:
        return None
    if step.service in ("s3", "execute-api", "apigateway") and not step.resource.startswith("/"):
        service = "s3" if step.service == "s3" else "execute-api"
        return Place(service, step.resource.partition("/")[0])
    return Place(step.service, step.resource)


def _cause(step: Step, known: dict[tuple[str, str], Step]) -> Place | None:
    seen = {step.id}
    above = known.get((step.trace, step.parent))
    while above is not None and above.id not in seen:
        place = place_of(above)
        if place is not None:
            return place
        seen.add(above.id)
        above = known.get((above.trace, above.parent))
    return None
