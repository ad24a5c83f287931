"""Whether a function's resource policy lets API Gateway call it for a method.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
and https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html (permissions): the principal is
``apigateway.amazonaws.com``, the source ``arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}{path}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.call import Call
from groundcloud.gateway.model import LambdaFunction, Method
from groundcloud.ports import Changes, Engine

PRINCIPAL = "apigateway.amazonaws.com"

_DECISIONS_KEPT = 4096
"""Enough for every method of every API in use; an ANY method called with made-up verbs must not grow it for ever."""

_Key = tuple[LambdaFunction, str]


class Permissions:
    """Answers from the functions' policies, read once for each generation of Lambda's control plane."""

    def __init__(self, engine: Engine, changes: Changes) -> None:
        self._engine = engine
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
            decided = allows(statements, source, account)
            if generation == self._generation and len(self._decisions) < _DECISIONS_KEPT:
                self._decisions[function, source] = decided
        return decided

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
        found = json.loads(answer["Policy"]).get("Statement") or []
        return [found] if isinstance(found, dict) else list(found)


def api_arn(call: Call) -> str:
    """What the ARNs of all parts of the API begin with: ``arn:aws:execute-api:{region}:{account}:{api}``."""
    stage = call.stage
    return f"arn:aws:execute-api:{stage.scope.region}:{stage.scope.account}:{stage.api_id}"


def method_source(call: Call, method: Method) -> str:
    """The source of a call for a method's integration."""
    return f"{api_arn(call)}/{call.stage.name}/{call.request.method}{method.resource_path}"


def allows(statements: Iterable[Mapping[str, Any]], source_arn: str, source_account: str) -> bool:
    """Evaluate a function's policy: an explicit deny wins, then any allow. A condition that is not understood makes a
    deny apply and an allow not."""
    allowed = False
    for statement in statements:
        if not (_names_api_gateway(statement.get("Principal")) and _names_invoke(statement.get("Action"))):
            continue
        fits = _conditions_hold(statement.get("Condition") or {}, source_arn, source_account)
        if statement.get("Effect") == "Deny" and fits is not False:
            return False
        if statement.get("Effect") == "Allow" and fits:
            allowed = True
    return allowed


def _names_api_gateway(principal: Any) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    return PRINCIPAL in listed(principal.get("Service")) or "*" in listed(principal.get("AWS"))


def _names_invoke(action: Any) -> bool:
    return any(like(pattern.lower()).fullmatch("lambda:invokefunction") for pattern in listed(action))


def _conditions_hold(condition: Mapping[str, Any], source_arn: str, source_account: str) -> bool | None:
    """True, False, or None when an operator or key is not understood."""
    known = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    unclear = False
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            value = known.get(key.lower())
            if value is None or operator not in ("ArnLike", "ArnEquals", "StringLike", "StringEquals"):
                unclear = True
            elif operator == "StringEquals":
                if value not in listed(wanted):
                    return False
            elif not any(like(pattern).fullmatch(value) for pattern in listed(wanted)):
                return False
    return None if unclear else True


def listed(value: Any) -> list[str]:
    """A policy's value that may be one string or a list of them."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


@lru_cache(maxsize=1024)
def like(pattern: str) -> re.Pattern[str]:
    """A policy pattern: ``*`` any run of characters, ``?`` one."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
