"""Roles that AWS's services assume for the user: the door to the engine that a part of ours uses to do so.

What AWS checks on the way is checked here: the role's trust policy must name the service
(docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html).
"""

from __future__ import annotations

from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.access import ENFORCE, OFF
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.evaluate import decide
from groundcloud.iam.identities import Identities
from groundcloud.iam.issuing import Issuing
from groundcloud.iam.messages import message
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, PolicySet
from groundcloud.ports import Engine, Scope


class ServiceDoor:
    """Implements `ports.Engine` for a part that acts as `service` (``lambda.amazonaws.com``)."""

    def __init__(
        self,
        engine: Engine,
        issuing: Issuing,
        identities: Identities,
        service: str,
        mode: str,
        log: DecisionLog,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._issuing = issuing
        self._identities = identities
        self._service = service
        self._mode = mode
        self._log = log
        self._clock = clock

    async def request(self, request: Request) -> Response:
        return await self._engine.request(request)

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        """As the engine's; AssumeRole is refused (AccessDenied) when the role does not trust the service."""
        if (service, operation) != ("sts", "AssumeRole"):
            return await self._engine.call(service, operation, params, scope=scope)
        asked = params or {}
        if self._mode != OFF:
            await self._check_trust(str(asked.get("RoleArn", "")))
        answer = await self._engine.call(service, operation, asked, scope=scope)
        self._issuing.note(service, operation, asked, answer, scope.account)
        return answer

    @property
    def enforces(self) -> bool:
        return self._mode == ENFORCE

    async def trusts(self, role_arn: str) -> bool:
        """Whether the service may assume the role: it is there and trusts the service (or nobody looks at policies)."""
        if self._mode == OFF:
            return True
        try:
            await self._check_trust(role_arn)
        except AwsError:
            return False
        return await self._identities.role(role_arn) is not None

    async def _check_trust(self, role_arn: str) -> None:
        trust = await self._identities.trust(role_arn)
        if trust is None:
            return  # the engine says what it thinks of it
        caller = Caller(CallerKind.SERVICE, name=self._service)
        account = role_arn.split(":")[4]
        request = AccessRequest(caller, "sts:AssumeRole", trust.name, account, {"aws:SourceAccount": (account,)})
        decision = decide(request, PolicySet(resource=(trust,), resource_must_allow=True))
        if decision.allowed:
            return
        is_refused = self._mode == ENFORCE
        self._log.add(self._clock.now(), new_request_id(), "sts:AssumeRole", decision, self._mode, is_refused)
        if is_refused:
            raise AwsError("AccessDenied", message(decision), 403)
