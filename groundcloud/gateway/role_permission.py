"""Whether an integration's or authorizer's role may invoke its function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
and API_PutIntegration.html (`credentials`): the function is then invoked as that role, not by its resource policy.
Asked once, by a dry run signed with the role's keys, for each state of IAM and of Lambda.
"""

from __future__ import annotations

from urllib.parse import quote

from groundcloud.gateway.model import LambdaFunction
from groundcloud.gateway.roles import Roles
from groundcloud.gateway.service_request import ServiceRequest, signed
from groundcloud.ports import Changes, RequestSender

_DECISIONS_KEPT = 4096


class RolePermissions:
    """`send` takes a signed request to the cloud's own endpoint, whose host is `netloc`."""

    def __init__(self, send: RequestSender, netloc: str, roles: Roles, changes: Changes) -> None:
        self._send = send
        self._netloc = netloc
        self._roles = roles
        self._changes = changes
        self._generation = (-1, -1)
        self._decided: dict[tuple[str, LambdaFunction], bool] = {}

    async def granted(self, role: str, function: LambdaFunction) -> bool:
        """Raises `GatewayError` when API Gateway may not assume `role`."""
        generation = (self._changes.generation("iam"), self._changes.generation("lambda"))
        if generation != self._generation or len(self._decided) >= _DECISIONS_KEPT:
            self._generation = generation
            self._decided.clear()
        key = (role, function)
        if key not in self._decided:
            decided = await self._ask(role, function)
            if generation != self._generation:
                return decided
            self._decided[key] = decided
        return self._decided[key]

    async def _ask(self, role: str, function: LambdaFunction) -> bool:
        keys = await self._roles.keys(role, function.scope.region)
        path = f"/2015-03-31/functions/{quote(function.function, safe='')}/invocations"
        query = [("Qualifier", function.qualifier)] if function.qualifier else []
        request = ServiceRequest("POST", path, query, [("X-Amz-Invocation-Type", "DryRun")], b"", "lambda")
        answer = await self._send(signed(request, keys, function.scope.region, self._netloc))
        # What is missing is told by the invocation itself.
        return answer.status != 403
