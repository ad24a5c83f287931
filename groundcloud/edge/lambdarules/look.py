"""Looks at what the account has, for rules that need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundcloud.engines.existence import exists
from groundcloud.errors import AwsError
from groundcloud.iam.function_roles import FunctionRoles
from groundcloud.iam.service_roles import ServiceDoor
from groundcloud.ports import AwsCaller, Scope
from groundcloud.runtime.function import Reference


@dataclass(frozen=True)
class Look:
    """`engine` answers as to the administrator; `roles` says what a function's role may do, `door` which roles Lambda
    may assume."""

    engine: AwsCaller
    roles: FunctionRoles
    door: ServiceDoor

    async def function(self, reference: Reference) -> dict[str, Any] | None:
        """Its configuration, of the version or alias that is meant; None when there is none."""
        asked = {"FunctionName": reference.arn}
        return await self._found("lambda", "GetFunctionConfiguration", asked, reference.scope)

    async def alias(self, reference: Reference, name: str) -> dict[str, Any] | None:
        asked = {"FunctionName": reference.name, "Name": name}
        return await self._found("lambda", "GetAlias", asked, reference.scope)

    async def exists(self, arn: str, scope: Scope) -> bool:
        return await exists(self.engine, arn, scope)

    async def _found(self, service: str, operation: str, asked: dict[str, Any], scope: Scope) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = await self.engine.call(service, operation, asked, scope=scope)
        except AwsError as error:
            if error.status == 404:
                return None
            raise
        return found
