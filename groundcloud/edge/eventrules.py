"""EventBridge's rules: what it refuses of one and the engine takes, and targets that may not be reached.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and API_PutTargets.html; its words as its
clients report them. Who may be reached is decided in `iam.rule_targets`, before an event is put; that the engine then
keeps such a target under another ARN is seen by nobody who asks for it here.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Protocol

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.services import OperationHandler
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.rule_needs import withheld, without_mark
from groundcloud.ports import Engine, Scope
from groundcloud.stacks.schedulerules import schedule_problem
from groundcloud.stacks.targetrules import targets_problem

_OPERATIONS = frozenset({"ListRuleNamesByTarget", "ListTargetsByRule", "PutEvents", "PutRule", "PutTargets"})
_SENDING = frozenset({"CompleteMultipartUpload", "CopyObject", "DeleteObject", "DeleteObjects", "PutObject"})
"""S3's operations that a bucket may tell EventBridge of."""


class Targets(Protocol):
    """`iam.rule_targets.RuleTargets`."""

    def has(self, scope: Scope) -> bool: ...

    async def settle(self, scope: Scope) -> None: ...


class EventRules:
    """Implements `edge.services.CheckingPart`. Without `targets` (an engine of which nobody withholds anything), all
    are delivered to."""

    def __init__(self, engine: Engine, targets: Targets | None) -> None:
        self._engine = engine
        self._targets = targets

    def knows(self, operation: str) -> bool:
        return operation in _OPERATIONS

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raises `AwsError` ValidationException."""
        if operation == "PutRule":
            _check_rule(request.json_object())
        elif operation == "PutTargets":
            problem = targets_problem(request.json_object().get("Targets"))
            if problem is not None:
                raise _invalid(problem)
        elif operation == "PutEvents" and self._targets is not None:
            await self._targets.settle(scope)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        if self._targets is None or not self._targets.has(scope):
            return None
        if operation == "ListTargetsByRule":
            answer = await self._engine.request(request)
            return _with_body(answer, without_mark(answer.body, scope.account))
        return await self._names(request, scope) if operation == "ListRuleNamesByTarget" else None

    async def _names(self, request: Request, scope: Scope) -> Response | None:
        """With those that have the target, but withheld."""
        asked = request.json_object()
        arn = asked.get("TargetArn")
        if not isinstance(arn, str) or arn.count(":") < 5 or asked.get("NextToken"):
            return None
        answer = await self._engine.request(request)
        if answer.status != 200:
            return answer
        found = json.loads(answer.body)
        more = await self._engine.call(
            "events", "ListRuleNamesByTarget", {**asked, "TargetArn": withheld(arn)}, scope=scope
        )
        found["RuleNames"] = sorted({*found["RuleNames"], *more["RuleNames"]})
        return _with_body(answer, json.dumps(found).encode())


def settled(targets: Targets | None, then: OperationHandler) -> OperationHandler:
    """`then`, when it is clear whom EventBridge may tell of what S3 does."""

    async def handle(exchange: Exchange, identity: Identity) -> Response | None:
        if targets is not None and identity.operation in _SENDING and targets.has(identity.scope):
            await targets.settle(identity.scope)
        return await then(exchange, identity)

    return handle


def _with_body(answer: Response, body: bytes) -> Response:
    headers = answer.headers.copy()
    headers.set("Content-Length", str(len(body)))
    return replace(answer, headers=headers, body=body)


def _check_rule(asked: dict[str, Any]) -> None:
    schedule = asked.get("ScheduleExpression")
    if not schedule and not asked.get("EventPattern"):
        raise _invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    problem = schedule_problem(schedule) if isinstance(schedule, str) and schedule else None
    if problem is not None:
        raise _invalid(problem)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)
