"""Who may connect: Lambda authorizers and AWS_IAM, at `$connect` only.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
"""

from __future__ import annotations

import logging

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway.auth_policy import BadAnswer, read_answer, refusal, says_unauthorized
from groundcloud.gateway.httpapi.errors import HttpApiError, forbidden, server_error, unauthorized
from groundcloud.gateway.httpapi.functions import Functions
from groundcloud.gateway.httpapi.limits import AUTHORIZER_TIMEOUT_SECONDS
from groundcloud.gateway.httpapi.model import Authorizer, Route
from groundcloud.gateway.httpapi.signers import Signers
from groundcloud.gateway.websocket.connections import Connection
from groundcloud.gateway.websocket.event import authorizer_event, request_context
from groundcloud.gateway.websocket.mapping import resolve

log = logging.getLogger("groundcloud.gateway")


class Authorization:
    """Asked once a connection. Nothing is remembered: AWS caches the answers of HTTP APIs' authorizers only."""

    def __init__(self, functions: Functions, signers: Signers, clock: Clock) -> None:
        self._functions = functions
        self._signers = signers
        self._clock = clock

    async def check(self, connection: Connection, route: Route) -> None:
        """Raise `HttpApiError` unless the client may connect; note in `connection` what its authorizer said."""
        if route.authorization == "AWS_IAM":
            await self._signer(connection)
        elif route.authorization == "CUSTOM":
            if route.authorizer is None or route.authorizer.function is None:
                raise server_error(f"the authorizer of {route.key} names no function")
            await self._ask(connection, route.authorizer)
        elif route.authorization != "NONE":
            raise server_error(f"a WebSocket API has no {route.authorization} authorization")

    async def _signer(self, connection: Connection) -> None:
        arn = f"{connection.stage.arn}/$connect"
        account = connection.stage.scope.account
        try:
            await self._signers.check(connection.request, "execute-api:Invoke", arn, account)
        except AwsError as error:
            raise HttpApiError(403, error.message or "Forbidden") from error

    async def _ask(self, connection: Connection, authorizer: Authorizer) -> None:
        assert authorizer.function is not None
        context = request_context(connection, "$connect", "CONNECT", self._clock.now())
        if not all(any(resolve(source, connection, context)) for source in authorizer.identity_sources):
            raise unauthorized("an identity source is missing")
        arn, begun = f"{connection.stage.arn}/$connect", self._clock.monotonic()
        api_arn = connection.stage.arn.removesuffix(f"/{connection.stage.name}")
        try:
            result = await self._functions.call(
                authorizer.function,
                authorizer_event(connection, arn, self._clock.now()),
                account=connection.stage.scope.account,
                trace=None,
                timeout=AUTHORIZER_TIMEOUT_SECONDS,
                source=f"{api_arn}/authorizers/{authorizer.id}",
                credentials=authorizer.credentials,
            )
        except HttpApiError as error:
            raise server_error(f"authorizer {authorizer.id}: {error.detail}") from error
        if result.function_error:
            raise unauthorized() if says_unauthorized(result) else server_error("the authorizer failed")
        try:
            answer = read_answer(result.payload)
        except BadAnswer as error:
            log.warning("Authorizer %s, its answer: %s", authorizer.id, error)
            raise server_error("the authorizer's answer is none") from error
        refused = refusal(answer.statements, arn)
        if refused is not None:
            raise forbidden(refused)
        latency = round((self._clock.monotonic() - begun) * 1000)
        told = {"principalId": answer.principal, "integrationLatency": latency}
        connection.authorizer = {**answer.context, **told}
