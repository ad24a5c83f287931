"""What services send to functions: only what the function's policy lets in.

docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html: "When an AWS service … calls your Lambda
function, Lambda considers only the resource-based policy." Nobody waits for an event that a service sends by itself;
refused, it is lost, and the decision says why.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Coroutine
from typing import Any, Protocol

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Headers
from groundcloud.iam.access import OFF, AccessControl
from groundcloud.iam.checks import Check
from groundcloud.iam.event_sources import EventSource, source_of
from groundcloud.iam.messages import message
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, Decision, NamedPolicy, PolicySet
from groundcloud.iam.origin import Origin, origin_keys
from groundcloud.ports import AwsCaller, Scope

log = logging.getLogger(__name__)

_LOST: dict[str, Any] = {"body": None, "log": ""}
"""The engine's form of a call whose answer nobody waits for."""


class Invoker(Protocol):
    """`Runtime.invoke_from_engine`."""

    def __call__(
        self,
        config: dict[str, Any],
        code_zip: bytes | None,
        event: object,
        request_id: str,
        *,
        asynchronous: bool = False,
    ) -> Coroutine[Any, Any, dict[str, Any]]: ...


class Deliveries:
    """Decides whether a service may call a function."""

    def __init__(self, aws: AwsCaller, access: AccessControl, clock: Clock) -> None:
        self._aws = aws
        self._access = access
        self._clock = clock

    def guarded(self, invoke: Invoker) -> Invoker:
        """`invoke`, for those events only that the function's policy lets in."""

        async def invoke_allowed(
            config: dict[str, Any],
            code_zip: bytes | None,
            event: object,
            request_id: str,
            *,
            asynchronous: bool = False,
        ) -> dict[str, Any]:
            try:
                if asynchronous:
                    await self.require_for(str(config.get("FunctionArn", "")), event)
            except AwsError as error:
                log.warning("An event was not delivered: %s", error.message)
                return _LOST
            return await invoke(config, code_zip, event, request_id, asynchronous=asynchronous)

        return invoke_allowed

    async def require_for(self, function: str, event: object) -> None:
        """Raises `AwsError` AccessDenied when the service that the event tells of may not call the function."""
        if self._access.mode == OFF or function.count(":") < 6:
            return
        parts = function.split(":")
        source = source_of(event, Scope(parts[4], parts[3]))
        if source is not None:
            await self.require(function, source)

    async def require(self, function: str, source: EventSource) -> None:
        """Raises `AwsError` AccessDenied when `source` may not call the function with this ARN."""
        scope = _scope_of(function)
        arns = (source.arn,) if source.arn else await self._rules(function, scope)
        if not arns:
            return  # nothing that is known sends it: a replayed event, a target of another's
        decision = await self._decision(function, source.principals, arns, scope.account, "lambda:Deliver")
        if self._access.refuses(decision):
            raise AwsError("AccessDenied", message(decision), 403)

    async def may_invoke(self, principal: str, function: str, source: str, account: str) -> bool:
        """Implements `ports.ServiceAccess`, for those who wait for the answer: API Gateway, Cognito."""
        if self._access.mode == OFF:
            return True
        decision = await self._decision(function, (principal,), (source,), account, "lambda:InvokeFunction")
        return not self._access.refuses(decision)

    async def _decision(
        self, function: str, principals: tuple[str, ...], sources: tuple[str, ...], account: str, operation: str
    ) -> Decision:
        scope = _scope_of(function)
        check = Check("lambda:InvokeFunction", function, {"aws:SourceArn": sources, "aws:SourceAccount": (account,)})
        side = await self._access.resources.of(check, scope)
        caller = Caller(CallerKind.SERVICE, name=_named(principals, side.policies))
        origin = Origin(new_request_id(), "127.0.0.1", scope.region, self._clock.now(), Headers([]))
        keys = {**origin_keys(origin, None), **check.context}
        request = AccessRequest(caller, check.action, function, scope.account, keys)
        return self._access.decide_by(request, PolicySet(resource=side.policies), origin, operation)

    async def _rules(self, function: str, scope: Scope) -> tuple[str, ...]:
        """The ARNs of every rule that has the function among its targets."""
        buses = (await self._aws.call("events", "ListEventBuses", {}, scope=scope)).get("EventBuses", [])
        found: list[str] = []
        for bus in (one["Name"] for one in buses):
            asked = {"TargetArn": function, "EventBusName": bus}
            names = (await self._aws.call("events", "ListRuleNamesByTarget", asked, scope=scope)).get("RuleNames", [])
            place = "" if bus == "default" else f"{bus}/"
            found += [f"arn:aws:events:{scope.region}:{scope.account}:rule/{place}{name}" for name in names]
        return tuple(found)


def _scope_of(function: str) -> Scope:
    parts = function.split(":")
    return Scope(parts[4], parts[3])


def _named(principals: tuple[str, ...], policies: tuple[NamedPolicy, ...]) -> str:
    """Of a service's names, the one that a policy uses."""
    texts = [json.dumps(statement.source) for policy in policies for statement in policy.document.statements]
    return next((name for name in principals if any(f'"{name}"' in text for text in texts)), principals[0])
