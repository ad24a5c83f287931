"""Calls of users and roles, whose signatures and permissions only the engine can judge.

The engine judges a request only as it was signed, and a rewritten one is signed anew. A plan changes nothing yet: the
engine is given the signed request, and if it made a plan, ours is put in its place. What deploys without a plan cannot
be tried like that, so it goes through as it is, or is refused when that would deploy less than was asked for.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.stacks.mark import MARK_ID
from groundcloud.stacks.nested import STACK, Source
from groundcloud.stacks.parse import Template, parse_template
from groundcloud.stacks.rewrite import Rewriter
from groundcloud.stacks.views import NAMESPACE

_USE_A_PLAN = (
    "User or role: {operation} with this template is not possible here for other callers than the account's "
    "administrator, because Groundcloud has to prepare the template first. Use a change set (CreateChangeSet, "
    "ExecuteChangeSet), as sam deploy, cdk deploy and aws cloudformation deploy do."
)


def plan_needed(operation: str) -> AwsError:
    return AwsError("AccessDenied", _USE_A_PLAN.format(operation=operation), 403)


class OtherCallers:
    """What `Stacks` needs to know before it lets their calls through."""

    def __init__(self, engine: AwsCaller, rewriter: Rewriter) -> None:
        self._engine = engine
        self._rewriter = rewriter

    async def check_direct(self, operation: str, source: Source) -> None:
        """Raises `AccessDenied` unless the engine deploys the template just as it is, with nothing to look up."""
        refusal = plan_needed(operation)
        sent = parse_template(source.text)
        if any(resource.get("Type") == STACK for resource in _resources(sent).values()):
            raise refusal
        rewritten = await self._rewriter.rewrite(source)
        made = _resources(json.loads(rewritten.body))
        made.pop(MARK_ID, None)
        if rewritten.names or rewritten.objects or made != _resources(sent):
            raise refusal

    async def clear(self, answer: bytes, scope: Scope) -> str:
        """Remove the plan that the engine made and told of in `answer`; its stack's id."""
        root = ElementTree.fromstring(answer)
        plan, stack = (root.findtext(f".//{{{NAMESPACE}}}{name}") or "" for name in ("Id", "StackId"))
        await self._call("DeleteChangeSet", {"ChangeSetName": plan}, scope)
        return stack

    async def abandon(self, stack: str, scope: Scope) -> None:
        """Remove the empty stack that was made for a plan that is not to be, unless another plan waits for it."""
        described = (await self._call("DescribeStacks", {"StackName": stack}, scope))["Stacks"][0]
        listed = await self._call("ListChangeSets", {"StackName": described["StackName"]}, scope)
        if described["StackStatus"] == "REVIEW_IN_PROGRESS" and not listed.get("Summaries"):
            await self._call("DeleteStack", {"StackName": stack}, scope)

    async def _call(self, operation: str, params: dict[str, Any], scope: Scope) -> Any:
        return await self._engine.call("cloudformation", operation, params, scope=scope)


def _resources(template: Template) -> dict[str, Any]:
    found = template.get("Resources")
    return {name: item for name, item in found.items() if isinstance(item, dict)} if isinstance(found, dict) else {}
