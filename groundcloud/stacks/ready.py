"""Makes a stack wait for the provisioned concurrency of its aliases and versions, and fail when that fails, as on AWS.

The engine knows no provisioned concurrency, but CloudFormation has a resource that waits for a signal. So `awaited`
gives the template a `WaitConditionHandle` and a `WaitCondition` for each alias or version that asks for it. Once the
handle exists, and thereby what it depends on, `Readiness` has the environments provided and signals how that went;
`views` shows a failure as the alias's own, and leaves these resources out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitcondition.html
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any
from urllib.parse import urlsplit

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from groundcloud.ports import ConcurrencyProvider, Engine, Scope
from groundcloud.stacks.apply import PROVISIONED, QUALIFIED
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.limits import READY_SECONDS, STACK_RESOURCES
from groundcloud.stacks.naming import handle_of, ready_id
from groundcloud.stacks.parse import Template

log = logging.getLogger(__name__)

_WAITS = {"Type": "AWS::CloudFormation::WaitCondition"}
_HANDLE = "AWS::CloudFormation::WaitConditionHandle"
_MARGIN_SECONDS = 60


def awaited(template: Template, evaluator: Evaluator) -> Template:
    """`template` with what waits. Its names tell of the number, and change with what is provided: a wait condition
    waits once. Where the number is not known before, or there is no room, the stack does not wait."""
    resources: dict[str, Any] = template["Resources"]
    more: dict[str, Any] = {}
    for name, resource in resources.items():
        number = _number(resource, evaluator)
        if number and len(resources) + len(more) + 2 <= STACK_RESOURCES:
            more |= _waiting(name, resource, number)
    return {**template, "Resources": {**resources, **more}} if more else template


def _number(resource: Any, evaluator: Evaluator) -> int:
    if not isinstance(resource, dict) or resource.get("Type") not in QUALIFIED:
        return 0
    config = (resource.get("Properties") or {}).get(PROVISIONED)
    text = evaluator.text(config.get("ProvisionedConcurrentExecutions")) if isinstance(config, dict) else None
    return int(text) if text and text.isdecimal() else 0


def _waiting(name: str, resource: dict[str, Any], number: int) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(resource, sort_keys=True, default=str).encode()).hexdigest()
    handle, wait = (ready_id(name, resource["Type"], number, digest, waits=waits) for waits in (False, True))
    condition = {"Condition": resource["Condition"]} if "Condition" in resource else {}
    patience = {"Handle": {"Ref": handle}, "Timeout": str(int(READY_SECONDS + _MARGIN_SECONDS))}
    return {
        handle: {"Type": _HANDLE, "DependsOn": name, **condition},
        wait: {**_WAITS, "Properties": patience, **condition},
    }


class Readiness:
    """Provides what stacks wait for. `attend` is called again and again while an operation is under way."""

    def __init__(self, engine: Engine, provider: ConcurrencyProvider | None) -> None:
        self._engine = engine
        self._provider = provider
        self._signalled: set[str] = set()

    def clear(self) -> None:
        """Forget who was told."""
        self._signalled.clear()

    async def attend(self, stack: str, scope: Scope) -> None:
        """Provide what `stack` waits for by now, and tell it."""
        try:
            listed = await self._engine.call(
                "cloudformation", "DescribeStackResources", {"StackName": stack}, scope=scope
            )
        except AwsError:
            # It is gone, or not there yet.
            return
        found = {item["LogicalResourceId"]: item.get("PhysicalResourceId", "") for item in listed["StackResources"]}
        for name, url in found.items():
            handle = handle_of(name)
            if handle is not None and url and url not in self._signalled and handle.owner in found:
                await self._provide(found[handle.owner], handle.number, url, scope)

    async def _provide(self, arn: str, number: int, url: str, scope: Scope) -> None:
        problem = ""
        try:
            if self._provider is not None:
                await self._provider.provide(arn, number, READY_SECONDS)
        except AwsError as error:
            problem = error.message
        signal = {"Status": "FAILURE" if problem else "SUCCESS", "UniqueId": "ready", "Reason": problem}
        address = urlsplit(url)
        headers = Headers([("host", address.netloc)])
        answer = await self._engine.request(Request("PUT", address.path, "", headers, json.dumps(signal).encode()))
        self._signalled.add(url)
        if answer.status != 200:
            log.warning("%s: its stack was not told that it is ready: %s", arn, answer.body[:200])
