"""The roles that API Gateway assumes to call services for an API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html: the role's trust policy must let
``apigateway.amazonaws.com`` in; what the role may do then is judged where its credentials are used.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.functionpolicy import like, listed
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.permission import PRINCIPAL
from groundcloud.ports import AwsCaller, Changes, Scope

log = logging.getLogger("groundcloud.gateway")

SESSION = "BackplaneAssumeRoleSession"
"""The name of API Gateway's role sessions, as CloudTrail shows it."""

_ROLE = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)")
_SECONDS = 3600
_EARLY = 300.0


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Credentials of a role session; `expires` is monotonic time."""

    access_key: str
    secret_key: str
    token: str
    expires: float


class Roles:
    """Keys by role, assumed once for their time, and anew after any change of IAM."""

    def __init__(self, engine: AwsCaller, changes: Changes, clock: Clock) -> None:
        self._engine = engine
        self._changes = changes
        self._clock = clock
        self._generation = -1
        self._keys: dict[str, RoleKeys] = {}

    async def keys(self, role: str, region: str) -> RoleKeys:
        """Keys of `role` (an ARN). Raises `GatewayError` when API Gateway may not assume it."""
        generation = self._changes.generation("iam")
        if generation != self._generation:
            self._generation = generation
            self._keys.clear()
        known = self._keys.get(role)
        if known is not None and known.expires > self._clock.monotonic():
            return known
        keys = await self._assume(role, region)
        if generation == self._generation:
            self._keys[role] = keys
        return keys

    async def _assume(self, role: str, region: str) -> RoleKeys:
        found = _ROLE.fullmatch(role)
        if found is None:
            log.warning("%s is not the ARN of a role", role)
            raise configuration_error()
        scope = Scope(found["account"], region)
        began = self._clock.monotonic()
        try:
            answer = await self._engine.call("iam", "GetRole", {"RoleName": found["name"]}, scope=scope)
            if not trusts_api_gateway(answer["Role"].get("AssumeRolePolicyDocument")):
                raise AwsError("AccessDenied", f"The trust policy does not let {PRINCIPAL} in", 403)
            params = {"RoleArn": role, "RoleSessionName": SESSION, "DurationSeconds": _SECONDS}
            keys = (await self._engine.call("sts", "AssumeRole", params, scope=scope))["Credentials"]
        except AwsError as error:
            # "API Gateway does not have permission to assume the provided role" in AWS's execution logs.
            log.warning("API Gateway does not have permission to assume the provided role %s: %s", role, error)
            raise configuration_error() from error
        expires = began + _SECONDS - _EARLY
        return RoleKeys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], expires)


def trusts_api_gateway(document: Any) -> bool:
    """Whether a trust policy (as IAM answers it: an object, JSON or URL-encoded JSON) lets API Gateway assume the role.
    Conditions are not evaluated: with one, a deny applies and so does an allow (they narrow by source)."""
    if isinstance(document, str):
        document = json.loads(document if document.lstrip().startswith("{") else unquote(document))
    statements = (document or {}).get("Statement") or []
    allowed = False
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        if not _names_us(statement):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def _names_us(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = listed(principal.get("Service")) if isinstance(principal, Mapping) else []
    actions = listed(statement.get("Action"))
    return PRINCIPAL in services and any(like(one.lower()).fullmatch("sts:assumerole") for one in actions)
