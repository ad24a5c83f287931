"""Function URLs: told by their host, judged by signature and policy, answered by the runtime.

``{id}.lambda-url.{region}.on.aws``, ``{id}.lambda-url.{region}.localhost``, ``{id}.lambda-url.localhost``. A URL
without authentication takes what its function's policy opens to everyone, one with AWS_IAM who signed and may. Both
need two actions (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html, since October 2025):
``lambda:InvokeFunctionUrl`` and ``lambda:InvokeFunction``.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from groundcloud.clock import Clock
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import credential_of
from groundcloud.edge.limits import MAX_DATA_PLANE_BODY_BYTES
from groundcloud.edge.signers import CallerFields, Signers, caller_fields
from groundcloud.http import Request, Response
from groundcloud.iam.access import AccessControl
from groundcloud.iam.checks import Check
from groundcloud.iam.model import Decision
from groundcloud.iam.origin import Origin
from groundcloud.runtime.urls import FunctionUrls
from groundcloud.runtime.urls.answer import forbidden, not_found
from groundcloud.runtime.urls.config import FunctionUrl

_HOST = re.compile(
    r"(?P<id>[a-z0-9]{1,63})\.lambda-url(?:\.(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}))?"
    r"\.(?P<place>on\.aws|localhost(?:\.localstack\.cloud)?)"
)
_OPERATION = "lambda:InvokeFunctionUrl"


class FunctionUrlHosts:
    """The handler of function URLs."""

    def __init__(self, urls: FunctionUrls, signers: Signers, access: AccessControl, clock: Clock) -> None:
        self._urls = urls
        self._signers = signers
        self._access = access
        self._clock = clock

    async def __call__(self, exchange: Exchange) -> Response | None:
        if ".lambda-url." not in exchange.hostname:
            return None
        found = _HOST.fullmatch(exchange.hostname)
        if found is None:
            return None
        request = await exchange.request(MAX_DATA_PLANE_BODY_BYTES)
        url = await self._urls.find(found["id"], found["region"])
        if url is None:
            return not_found()
        ready = self._urls.preflight(url, request)
        if ready is not None:
            return ready
        return await self._judged(exchange, url, request)

    async def _judged(self, exchange: Exchange, url: FunctionUrl, request: Request) -> Response:
        scope, origin = url.target.scope, self._origin(exchange, url, request)
        caller: CallerFields | None = None
        if url.needs_iam:
            access_key, region, service = credential_of(exchange)
            if not access_key or service != "lambda" or region != scope.region:
                return forbidden()
            exchange.identity = Identity("lambda", "InvokeFunctionUrl", "rest-json", scope, access_key, service)
            principal = await self._signers.of(exchange)
            caller = caller_fields(principal)

            def decide(check: Check) -> Awaitable[Decision]:
                return self._access.decide_for(principal, check, scope, origin, _OPERATION)
        else:
            # A signature on a request of an open URL is the function's business.
            def decide(check: Check) -> Awaitable[Decision]:
                return self._access.decide_for_anybody(check, scope, origin, _OPERATION)

        return await self._urls.call(url, request, caller) if await self._allowed(url, decide) else forbidden()

    async def _allowed(self, url: FunctionUrl, decide: Callable[[Check], Awaitable[Decision]]) -> bool:
        for check in _checks(url):
            if self._access.refuses(await decide(check)):
                return False
        return True

    def _origin(self, exchange: Exchange, url: FunctionUrl, request: Request) -> Origin:
        now, region = self._clock.now(), url.target.scope.region
        return Origin(exchange.request_id, request.client, region, now, request.headers)


def _checks(url: FunctionUrl) -> tuple[Check, ...]:
    """Condition keys: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
    arn, account = url.target.arn, url.target.scope.account
    auth_type = "AWS_IAM" if url.needs_iam else "NONE"
    return (
        Check("lambda:InvokeFunctionUrl", arn, {"lambda:FunctionUrlAuthType": (auth_type,)}, account),
        Check("lambda:InvokeFunction", arn, {"lambda:InvokedViaFunctionUrl": ("true",)}, account),
    )
