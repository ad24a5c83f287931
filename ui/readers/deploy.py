"""CloudFormation's stacks as they are changed: events, change sets, drift. By CloudFormation's own API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from ui.readers.stacks import GONE, changed_at
from ui.readers.types import health_of

EVENTS = 100
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
MOST_TEMPLATE = 51_200
"""Bytes of a template that CloudFormation takes without S3."""


@dataclass(frozen=True)
class StackLine:
    """One stack of a list. `changed` is epoch seconds; `health` is ``good``, ``busy`` or ``bad``."""

    name: str
    status: str
    health: str
    changed: float
    description: str


@dataclass(frozen=True)
class StackStep:
    """One event of a stack. `time` is epoch seconds."""

    id: str
    time: float
    name: str
    type: str
    status: str
    health: str
    reason: str


@dataclass(frozen=True)
class ChangeSetLine:
    """One change set. `executable` says whether it can be carried out now."""

    name: str
    status: str
    reason: str
    created: float
    executable: bool


@dataclass(frozen=True)
class PlannedChange:
    """What a change set does to one resource: `action` is ``Add``, ``Modify``, ``Remove``…, `replacement` ``True``,
    ``False``, ``Conditional`` or "", `why` the properties or attributes that changed."""

    action: str
    name: str
    type: str
    id: str
    replacement: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Drift:
    """One resource that is no longer as its template says: `status` is ``MODIFIED`` or ``DELETED``; each difference is
    the property's path, what the template expects and what is there."""

    name: str
    type: str
    id: str
    status: str
    differences: tuple[tuple[str, str, str], ...]


class Deployments:
    """The stacks of one account and region. Methods raise botocore's `ClientError` as CloudFormation answers it."""

    def __init__(self, cloudformation: Any) -> None:
        self._cloudformation = cloudformation

    def listed(self) -> list[StackLine]:
        """Every stack that is not deleted, the last changed first; those with a first change set only are left in."""
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        found = [_line(each) for page in pages for each in page["Stacks"] if each["StackStatus"] != GONE]
        return sorted(found, key=lambda each: -each.changed)

    def stack(self, name: str) -> StackLine:
        return _line(self._cloudformation.describe_stacks(StackName=name)["Stacks"][0])

    def events(self, name: str) -> list[StackStep]:
        """The newest events, newest first."""
        found = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"][:EVENTS]
        return [
            StackStep(
                id=each["EventId"],
                time=each["Timestamp"].timestamp(),
                name=each["LogicalResourceId"],
                type=each["ResourceType"],
                status=each["ResourceStatus"],
                health=health_of(each["ResourceStatus"]),
                reason=each.get("ResourceStatusReason", ""),
            )
            for each in found
        ]

    def template(self, name: str) -> str:
        """The template as it was sent."""
        found = self._cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        if isinstance(found, str):
            return found
        return json.dumps(found, indent=2, default=str)

    def change_sets(self, name: str) -> list[ChangeSetLine]:
        found = self._cloudformation.list_change_sets(StackName=name)["Summaries"]
        lines = [
            ChangeSetLine(
                each["ChangeSetName"],
                each["Status"],
                each.get("StatusReason", ""),
                each["CreationTime"].timestamp(),
                each.get("ExecutionStatus") == "AVAILABLE",
            )
            for each in found
        ]
        return sorted(lines, key=lambda each: -each.created)

    def changes(self, name: str, change_set: str) -> tuple[ChangeSetLine, list[PlannedChange]]:
        """One change set, and everything it would do."""
        asked = {"StackName": name, "ChangeSetName": change_set}
        found = self._cloudformation.describe_change_set(**asked)
        planned, page = [*found["Changes"]], found
        while page.get("NextToken"):
            page = self._cloudformation.describe_change_set(**asked, NextToken=page["NextToken"])
            planned += page["Changes"]
        line = ChangeSetLine(
            found["ChangeSetName"],
            found["Status"],
            found.get("StatusReason", ""),
            found["CreationTime"].timestamp(),
            found.get("ExecutionStatus") == "AVAILABLE",
        )
        return line, [_planned(each["ResourceChange"]) for each in planned if "ResourceChange" in each]

    def plan(self, name: str, change_set: str, template: str, parameters: dict[str, str]) -> None:
        """Make a change set of a template: of a new stack, or of one that is there."""
        if not template.strip():
            raise ValueError("The template is empty.")
        if len(template.encode()) > MOST_TEMPLATE:
            raise ValueError("CloudFormation takes at most 51,200 bytes without S3: deploy it by `ground deploy`.")
        self._cloudformation.create_change_set(
            StackName=name,
            ChangeSetName=change_set,
            ChangeSetType="UPDATE" if self._is_there(name) else "CREATE",
            TemplateBody=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=list(CAPABILITIES),
        )

    def execute(self, name: str, change_set: str) -> None:
        self._cloudformation.execute_change_set(StackName=name, ChangeSetName=change_set)

    def discard(self, name: str, change_set: str) -> None:
        self._cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set)

    def delete(self, name: str) -> None:
        self._cloudformation.delete_stack(StackName=name)

    def detect_drift(self, name: str) -> str:
        """Begin a look for drift; its id."""
        return str(self._cloudformation.detect_stack_drift(StackName=name)["StackDriftDetectionId"])

    def drift(self, name: str, detection: str) -> tuple[str, list[Drift] | None]:
        """How a look for drift came out, and what drifted; None while it goes on."""
        found = self._cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] == "DETECTION_IN_PROGRESS":
            return "in progress", None
        if found["DetectionStatus"] != "DETECTION_COMPLETE":
            return found.get("DetectionStatusReason", found["DetectionStatus"]), []
        wanted = ["MODIFIED", "DELETED"]
        drifted = self._cloudformation.describe_stack_resource_drifts(
            StackName=name, StackResourceDriftStatusFilters=wanted
        )["StackResourceDrifts"]
        return found.get("StackDriftStatus", ""), [_drift(each) for each in drifted]

    def _is_there(self, name: str) -> bool:
        try:
            return self.stack(name).status not in (GONE, "REVIEW_IN_PROGRESS")
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return False
            raise


def parameters_of(text: str) -> dict[str, str]:
    """Lines of ``Name=value``. Raises `ValueError`."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"{line!r} is no parameter: write Name=value, one on a line.")
        found[name.strip()] = value.strip()
    return found


def _line(found: dict[str, Any]) -> StackLine:
    return StackLine(
        name=found["StackName"],
        status=found["StackStatus"],
        health=health_of(found["StackStatus"]),
        changed=changed_at(found),
        description=found.get("Description", ""),
    )


def _planned(found: dict[str, Any]) -> PlannedChange:
    targets = [each.get("Target", {}) for each in found.get("Details", [])]
    why = [each.get("Name") or each.get("Attribute", "") for each in targets]
    return PlannedChange(
        action=found["Action"],
        name=found["LogicalResourceId"],
        type=found["ResourceType"],
        id=found.get("PhysicalResourceId", ""),
        replacement=found.get("Replacement", ""),
        why=tuple(dict.fromkeys(filter(None, why))),
    )


def _drift(found: dict[str, Any]) -> Drift:
    told = found.get("PropertyDifferences", [])
    differences = tuple((each["PropertyPath"], each["ExpectedValue"], each["ActualValue"]) for each in told)
    return Drift(
        found["LogicalResourceId"],
        found["ResourceType"],
        found.get("PhysicalResourceId", ""),
        found["StackResourceDriftStatus"],
        differences,
    )
