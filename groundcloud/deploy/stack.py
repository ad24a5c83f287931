"""A stack as CloudFormation describes it, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.limits import POLL_FAST_SECONDS, POLL_SLOW_SECONDS
from groundcloud.deploy.report import StackEvent
from groundcloud.errors import AwsError

GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
"""Statuses in which the last operation did what it was asked."""

GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")

Sleep = Callable[[float], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Stack:
    """What there is. `parameters` holds ``****`` for values that CloudFormation keeps to itself (NoEcho)."""

    name: str
    id: str
    status: str
    reason: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    protected: bool = False

    @property
    def busy(self) -> bool:
        """Whether an operation is running. A stack in review has had none yet."""
        return self.status.endswith("IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass(frozen=True)
class StackResource:
    logical_id: str
    physical_id: str
    type: str
    status: str


def find_stack(door: AwsDoor, name: str) -> Stack | None:
    """The stack of this name or id; None when there is none, or it was deleted."""
    try:
        described = door.call("cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except AwsError as error:
        if error.code == "ValidationError" and "does not exist" in error.message:
            return None
        raise
    stack = _stack(described[0])
    return None if stack.status == "DELETE_COMPLETE" else stack


def stack_resources(door: AwsDoor, stack_id: str) -> list[StackResource]:
    """The stack's resources, without those that are gone."""
    items = door.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id)
    found = [
        StackResource(
            item["LogicalResourceId"], item.get("PhysicalResourceId", ""), item["ResourceType"], item["ResourceStatus"]
        )
        for item in items
    ]
    return [resource for resource in found if resource.status not in GONE]


class EventReader:
    """Reads a stack's new events, oldest first. What happened before it was made is not new."""

    def __init__(self, door: AwsDoor, stack_id: str, *, from_now: bool = True) -> None:
        self._door = door
        self._stack_id = stack_id
        self._last = ""
        if from_now:
            newest = self._page(None)[0][:1]
            self._last = newest[0].id if newest else ""

    def new(self) -> list[StackEvent]:
        found: list[StackEvent] = []
        token: str | None = None
        while True:
            events, token = self._page(token)
            for event in events:
                if event.id == self._last:
                    token = None
                    break
                found.append(event)
            if token is None:
                break
        if found:
            self._last = found[0].id
        return found[::-1]

    def _page(self, token: str | None) -> tuple[list[StackEvent], str | None]:
        more = {"NextToken": token} if token else {}
        answer = self._door.call("cloudformation", "describe_stack_events", StackName=self._stack_id, **more)
        return [_event(item) for item in answer["StackEvents"]], answer.get("NextToken")


class Waiter:
    """Polls until something is so: quickly at first, then ever more slowly. Sleeping is injected for the tests."""

    def __init__(self, sleep: Sleep = time.sleep) -> None:
        self._sleep = sleep

    def until(self, look: Callable[[], T | None], seconds: float | None = None) -> T | None:
        """The first thing `look` finds; None after `seconds`, if given."""
        pause, waited = POLL_FAST_SECONDS, 0.0
        while True:
            found = look()
            if found is not None:
                return found
            if seconds is not None and waited >= seconds:
                return None
            self._sleep(pause)
            waited += pause
            pause = min(pause * 1.5, POLL_SLOW_SECONDS)


def wait_until_gone(door: AwsDoor, waiter: Waiter, stack_id: str) -> Stack | None:
    """Wait for a deletion to end. Returns None when the stack is gone, else the stack as it stuck."""

    def look() -> Stack | str | None:
        stack = find_stack(door, stack_id)
        if stack is None:
            return "gone"
        return None if stack.busy else stack

    found = waiter.until(look)
    return found if isinstance(found, Stack) else None


def _stack(item: dict[str, Any]) -> Stack:
    return Stack(
        name=item["StackName"],
        id=item["StackId"],
        status=item["StackStatus"],
        reason=item.get("StackStatusReason", ""),
        parameters={each["ParameterKey"]: each.get("ParameterValue", "") for each in item.get("Parameters", [])},
        outputs={each["OutputKey"]: each.get("OutputValue", "") for each in item.get("Outputs", [])},
        protected=bool(item.get("EnableTerminationProtection")),
    )


def _event(item: dict[str, Any]) -> StackEvent:
    return StackEvent(
        id=item["EventId"],
        logical_id=item.get("LogicalResourceId", ""),
        type=item.get("ResourceType", ""),
        status=item.get("ResourceStatus", ""),
        reason=item.get("ResourceStatusReason", ""),
        created=item["Timestamp"].isoformat(),
        physical_id=item.get("PhysicalResourceId", ""),
        is_stack=item.get("PhysicalResourceId") == item.get("StackId"),
    )
