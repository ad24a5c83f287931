"""What Lambda does with a function's role after the function has ended: dead letters and destinations.

Source: docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html (the execution role's permissions).
"""

from __future__ import annotations

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Headers
from groundcloud.iam.access import OFF, AccessControl
from groundcloud.iam.checks import Check
from groundcloud.iam.identities import Identities, Principal
from groundcloud.iam.least_privilege import role_caller
from groundcloud.iam.messages import message
from groundcloud.iam.model import CallerKind
from groundcloud.iam.origin import Origin
from groundcloud.iam.registry import KnownKey
from groundcloud.ports import AwsCaller, Scope


class FunctionRoles:
    """Implements `ports.FunctionAccess`."""

    def __init__(self, aws: AwsCaller, identities: Identities, access: AccessControl, clock: Clock) -> None:
        self._aws = aws
        self._identities = identities
        self._access = access
        self._clock = clock

    async def require(self, function: str, action: str, resource: str, scope: Scope) -> None:
        await self.require_for(function, "", action, resource, scope, "lambda:Deliver")

    async def expect(self, role_arn: str) -> None:
        if self._access.mode != OFF:
            await self._identities.role(role_arn)

    async def require_for(
        self, function: str, role_arn: str, action: str, resource: str, scope: Scope, operation: str
    ) -> None:
        """The same for the role that the function will have; "" is the one it has."""
        if self._access.mode == OFF:
            return
        if not role_arn:
            asked = {"FunctionName": function}
            configuration = await self._aws.call("lambda", "GetFunctionConfiguration", asked, scope=scope)
            role_arn, function = configuration["Role"], configuration["FunctionName"]
        role = await self._identities.role(role_arn)
        if role is None:
            raise AwsError("AccessDenied", f"There is no role {role_arn}", 403)
        caller = role_caller(role.arn, function)
        key = KnownKey("", "", caller.account, CallerKind.ROLE_SESSION, caller.arn, "", role.arn)
        principal = Principal(caller, role, None, key, 0)
        origin = Origin(new_request_id(), "127.0.0.1", scope.region, self._clock.now(), Headers([]))
        decision = await self._access.decide_for(principal, Check(action, resource), scope, origin, operation)
        if self._access.refuses(decision):
            raise AwsError("AccessDenied", message(decision), 403)
