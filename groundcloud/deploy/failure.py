"""Finds out why a stack failed, and says what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.report import StackEvent
from groundcloud.deploy.stack import EventReader
from groundcloud.errors import AwsError

_CONSEQUENCE = "cancelled"
_ADVICE = (
    (
        ("already exists", "AlreadyExists", "BucketAlreadyOwnedByYou"),
        "Give it another name or none, so that CloudFormation makes one up, or delete the one there is",
    ),
    (("not authorized", "AccessDenied", "is not allowed"), "The identity that deploys lacks that permission"),
    (("ServiceToken", "custom resource"), "Make sure the function of the custom resource exists and answers"),
    (
        ("NoSuchKey", "NoSuchBucket", "S3 Error Code"),
        "The code is not where the template says; deploy from the source template",
    ),
    (("imit exceeded", "LimitExceeded", "quota"), "Ask AWS for a higher limit, or delete what is not needed"),
    (
        ("timed out", "Timed out", "did not stabilize"),
        "Try again; if it happens again, look at the resource's own logs",
    ),
    (("Unsupported", "not supported", "Unrecognized"), "Leave it out, or deploy to a profile that has it"),
)
_DEPTH = 5


@dataclass(frozen=True)
class Failure:
    """One resource that failed by its own fault. `path` has the nested stacks in front: ``Data/Table``."""

    path: str
    type: str
    reason: str

    @property
    def advice(self) -> str:
        for words, advice in _ADVICE:
            if any(word in self.reason for word in words):
                return advice
        return f"Correct {self.path} in the template"


def failures_of(door: AwsDoor, stack_id: str, events: list[StackEvent]) -> list[Failure]:
    """The causes among `events`: without what was merely cancelled, and with nested stacks opened."""
    found = _causes(door, events, "", _DEPTH)
    if not found:
        found = _validation(door, stack_id)
    if not found:
        stack_events = [event for event in events if event.is_stack and event.reason]
        found = [Failure(event.logical_id, event.type, event.reason) for event in stack_events[:1]]
    return list(dict.fromkeys(found))


def _causes(door: AwsDoor, events: list[StackEvent], prefix: str, depth: int) -> list[Failure]:
    found = []
    for event in events:
        if not event.failed or event.is_stack:
            continue
        path = prefix + event.logical_id
        if event.type == "AWS::CloudFormation::Stack" and event.physical_id and depth:
            inner = EventReader(door, event.physical_id, from_now=False).new()
            nested = _causes(door, inner, f"{path}/", depth - 1)
            if nested:
                found += nested
                continue
        if _CONSEQUENCE not in event.reason:
            found.append(Failure(path, event.type, event.reason))
    return found


def _validation(door: AwsDoor, stack_id: str) -> list[Failure]:
    """What CloudFormation found before it began: told by DescribeEvents alone.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    try:
        events = door.call("cloudformation", "describe_events", StackName=stack_id, Filters={"FailedEvents": True})
    except AwsError:
        return []  # an older cloud without this operation; the stack's own event is shown instead
    return [
        Failure(event.get("LogicalResourceId", ""), event.get("ResourceType", ""), event["ValidationStatusReason"])
        for event in events.get("OperationEvents", [])
        if event.get("ValidationStatusReason")
    ]
