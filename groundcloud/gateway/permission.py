"""Whether a function's resource policy lets API Gateway call it for a method.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
and https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html (permissions): the principal is
``apigateway.amazonaws.com``, the source ``arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}{path}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud import functionpolicy
from groundcloud.errors import AwsError
from groundcloud.gateway.call import Call
from groundcloud.gateway.model import LambdaFunction, Method
from groundcloud.ports import Changes, Engine, ServiceAccess

PRINCIPAL = "apigateway.amazonaws.com"

_DECISIONS_KEPT = 4096
"""Enough for every method of every API in use; an ANY method called with made-up verbs must not grow it for ever."""

_Key = tuple[LambdaFunction, str]


class Permissions:
    """Answers from the functions' policies, read once for each generation of Lambda's control plane.

    What they do not let in is `access`'s to judge, which records it; without it, it is refused.
    """

    def __init__(self, engine: Engine, changes: Changes, access: ServiceAccess | None = None) -> None:
        self._engine = engine
        self._access = access
        self._changes = changes
        self._generation = -1
        self._policies: dict[LambdaFunction, list[Mapping[str, Any]]] = {}
        self._decisions: dict[_Key, bool] = {}

    async def granted(self, function: LambdaFunction, source: str, account: str) -> bool:
        """Whether API Gateway may invoke `function` for `source`, an execute-api ARN, of `account`."""
        generation = self._changes.generation("lambda")
        if generation != self._generation:
            self._generation = generation
            self._policies.clear()
            self._decisions.clear()
        decided = self._decisions.get((function, source))
        if decided is None:
            statements = self._policies.get(function)
            if statements is None:
                statements = await self._statements(function)
                if generation == self._generation:
                    self._policies[function] = statements
            decided = functionpolicy.allows(statements, PRINCIPAL, source, account)
            if generation == self._generation and len(self._decisions) < _DECISIONS_KEPT:
                self._decisions[function, source] = decided
        if decided or self._access is None:
            return decided
        return await self._access.may_invoke(PRINCIPAL, _arn(function), source, account)

    async def _statements(self, function: LambdaFunction) -> list[Mapping[str, Any]]:
        params = {"FunctionName": function.function}
        if function.qualifier:
            params["Qualifier"] = function.qualifier
        try:
            answer = await self._engine.call("lambda", "GetPolicy", params, scope=function.scope)
        except AwsError as error:
            if error.status != 404:
                raise
            return []
        return functionpolicy.statements(answer["Policy"])


def _arn(function: LambdaFunction) -> str:
    name, (account, region) = function.function, function.scope
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{name}"
    return f"{arn}:{function.qualifier}" if function.qualifier else arn


def api_arn(call: Call) -> str:
    """What the ARNs of all parts of the API begin with: ``arn:aws:execute-api:{region}:{account}:{api}``."""
    stage = call.stage
    return f"arn:aws:execute-api:{stage.scope.region}:{stage.scope.account}:{stage.api_id}"


def method_source(call: Call, method: Method) -> str:
    """The source of a call for a method's integration."""
    return f"{api_arn(call)}/{call.stage.name}/{call.request.method}{method.resource_path}"
