"""The control routes below ``/_groundcloud/v1/iam``."""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.function_needs import needs_of
from groundcloud.iam.identities import Identities
from groundcloud.iam.least_privilege import compare, policy_for, role_caller
from groundcloud.iam.limits import MAX_DECISIONS
from groundcloud.iam.seen import SeenActions
from groundcloud.ports import AwsCaller, ControlRoute, Scope

_FILTERS = ("principal", "action", "resource", "requestId")
_DEFAULT_LIMIT = 100


class IamRoutes:
    def __init__(
        self, log: DecisionLog, mode: str, seen: SeenActions, identities: Identities, aws: AwsCaller, default: Scope
    ) -> None:
        self._log = log
        self._mode = mode
        self._seen = seen
        self._identities = identities
        self._aws = aws
        self._default = default

    def routes(self) -> list[ControlRoute]:
        return [
            ControlRoute("GET", "/iam/decisions", self._decisions),
            ControlRoute("GET", "/iam/policy", self._policy),
        ]

    async def _decisions(self, request: Request, _: dict[str, str]) -> Response:
        """``?denied=1|allowed=1&principal=&action=&resource=&requestId=&after=NUMBER&limit=``, newest first."""
        wanted = {name: value for name in _FILTERS if (value := request.query_value(name))}
        after, limit = _number(request, "after", 0), _number(request, "limit", _DEFAULT_LIMIT)
        if after is None or limit is None:
            return Response.json(400, json.dumps({"message": "after and limit are whole numbers"}))
        denied, allowed = (request.query_value(name) in ("1", "true") for name in ("denied", "allowed"))
        which = None if denied == allowed else allowed
        found = self._log.listed(allowed=which, wanted=wanted, after=after, limit=max(1, min(limit, MAX_DECISIONS)))
        return Response.json(200, json.dumps({"mode": self._mode, "decisions": found}))

    async def _policy(self, request: Request, _: dict[str, str]) -> Response:
        """``?function=NAME&account=&region=``: the policy that covers what the function was seen to do."""
        name = request.query_value("function") or ""
        scope = Scope(
            request.query_value("account") or self._default.account,
            request.query_value("region") or self._default.region,
        )
        try:
            asked = {"FunctionName": name}
            configuration = await self._aws.call("lambda", "GetFunctionConfiguration", asked, scope=scope)
        except AwsError as error:
            return Response.json(404, json.dumps({"message": error.message}))
        role = await self._identities.role(configuration["Role"])
        if role is None:
            return Response.json(404, json.dumps({"message": f"There is no role {configuration['Role']}"}))
        return Response.json(200, json.dumps(await self._advice(configuration, role.arn, role.identity, scope)))

    async def _advice(
        self, configuration: dict[str, Any], role_arn: str, policies: tuple[Any, ...], scope: Scope
    ) -> dict[str, Any]:
        name = configuration["FunctionName"]
        done = self._seen.of(role_arn, name[:64])
        needed = done | await needs_of(self._aws, configuration, scope)
        found = compare(needed, policies, role_caller(role_arn, name))
        return {
            "function": name,
            "role": role_arn,
            "seen": len(done),
            "isWhole": not self._seen.is_full(role_arn, name[:64]),
            "policy": policy_for(needed),
            "missing": [
                {"Effect": "Allow", "Action": one.action, "Resource": one.resource}
                for one in sorted(found.missing, key=lambda one: (one.action, one.resource))
            ],
            "unused": [{"policy": policy.name, "statement": statement} for policy, statement in found.unused],
            "today": [
                {"policy": policy.name, "statements": [one.source for one in policy.document.statements]}
                for policy in policies
            ],
        }


def _number(request: Request, name: str, default: int) -> int | None:
    text = request.query_value(name)
    if not text:
        return default
    return int(text) if text.isdecimal() else None
