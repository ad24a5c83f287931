"""How a stack whose update failed gets back to what it was. Pure.

A resource is what LocalStack 4.14 keeps of one: `Type`, `Properties` (what it is), `SpecifiedProperties` (what the
template said), `PhysicalResourceId` (missing when it could not be made or changed).
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]
Resources = Mapping[str, Resource]

_UPDATED = "UPDATE_IN_PROGRESS"
_AT_REST = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_FAILING = ("CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS")


@dataclass(frozen=True)
class Step:
    """One resource on the way back. `before` is None for one that the update added, `made` None when nothing is to be
    deleted. A resource that was replaced has both: the new one goes, the old one is still there."""

    name: str
    type: str
    before: Resource | None
    made: Resource | None
    now: Resource

    @property
    def verb(self) -> str:
        """The first word of the states in the stack's events."""
        return "DELETE" if self.before is None else "UPDATE"


def steps(before: Resources, reached: Resources) -> list[Step]:
    """From the stack's resources as they were and those that the update `reached`, in its order: changes first, so that
    nothing refers to what is deleted then."""
    changes, deletions = [], []
    for name, now in reached.items():
        was = before.get(name)
        if was is None:
            deletions.append(Step(name, now["Type"], None, now if _exists(now) else None, now))
        elif _exists(now) and now["PhysicalResourceId"] != was["PhysicalResourceId"]:
            deletions.append(Step(name, now["Type"], was, now, now))
        elif now != was:
            changes.append(Step(name, was["Type"], was, None, now))
    return [*changes, *reversed(deletions)]


def _exists(resource: Resource) -> bool:
    return bool(resource.get("PhysicalResourceId"))


def may_become(now: str, then: str) -> bool:
    """Whether a stack in state `now` is to be said to be `then`. LocalStack says that an update failed while it goes
    back and when it has, and that a stack failed for which a change set could not be made."""
    if then == "UPDATE_FAILED":
        return now != _UPDATED and not now.startswith("UPDATE_ROLLBACK_")
    return not (now in _AT_REST and then in _FAILING)
