"""What the engine knows of a stack or change set, as the rewriting needs it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

_HIDDEN = "****"  # how a NoEcho parameter's value is shown


@dataclass(frozen=True)
class StackState:
    """A stack that exists. `body` is the template text the engine holds (LocalStack: none before something was
    deployed); `parameters` leave out NoEcho values; `resources` physical id by logical id."""

    id: str
    status: str
    name: str
    body: str
    parameters: dict[str, str]
    resources: dict[str, str]


@dataclass(frozen=True)
class ChangeSetPlan:
    """A change set: the stack's id and name, the engine's template text, the parameters, and whether it adopts
    resources that exist."""

    stack: str
    stack_name: str
    body: str
    parameters: dict[str, str]
    imports: bool


class StackReader:
    """Reads as the account's administrator; None for what does not exist."""

    def __init__(self, engine: AwsCaller) -> None:
        self._engine = engine

    async def read(self, stack: str, scope: Scope) -> StackState | None:
        try:
            described = (await self._call("DescribeStacks", {"StackName": stack}, scope))["Stacks"][0]
            template = await self._call("GetTemplate", {"StackName": stack, "TemplateStage": "Original"}, scope)
            listed = await self._call("DescribeStackResources", {"StackName": stack}, scope)
        except AwsError:
            return None
        return StackState(
            id=described["StackId"],
            status=described["StackStatus"],
            name=described["StackName"],
            body=_text(template.get("TemplateBody") or ""),
            parameters=_parameters(described),
            resources={
                item["LogicalResourceId"]: item.get("PhysicalResourceId", "")
                for item in listed.get("StackResources", [])
            },
        )

    async def owned(self, state: StackState | None, scope: Scope) -> dict[str, str]:
        """Physical id by logical id of the stack's resources and of those of its nested stacks (``Child/Thing``)."""
        resources = state.resources if state else {}
        owned = dict(resources)
        for logical_id, physical_id in resources.items():
            if ":stack/" in physical_id:
                below = await self.owned(await self.read(physical_id, scope), scope)
                owned |= {f"{logical_id}/{name}": value for name, value in below.items()}
        return owned

    async def read_change_set(self, name: str, stack: str | None, scope: Scope) -> ChangeSetPlan | None:
        place = {"ChangeSetName": name, **({"StackName": stack} if stack else {})}
        try:
            described = await self._call("DescribeChangeSet", place, scope)
            template = await self._call("GetTemplate", {**place, "TemplateStage": "Original"}, scope)
        except AwsError:
            return None
        return ChangeSetPlan(
            stack=described["StackId"],
            stack_name=described["StackName"],
            body=_text(template["TemplateBody"]),
            parameters=_parameters(described),
            imports=any(item["ResourceChange"]["Action"] == "Import" for item in described.get("Changes", [])),
        )

    async def _call(self, operation: str, params: dict[str, Any], scope: Scope) -> Any:
        return await self._engine.call("cloudformation", operation, params, scope=scope)


def _text(body: Any) -> str:
    """botocore parses a JSON template on the way; its text is what we wrote, in the order we wrote it."""
    return body if isinstance(body, str) else json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _parameters(described: dict[str, Any]) -> dict[str, str]:
    return {
        item["ParameterKey"]: item.get("ParameterValue", "")
        for item in described.get("Parameters", [])
        if item.get("ParameterValue") != _HIDDEN
    }
