"""Lambda authorizers, TOKEN and REQUEST.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
and, for the events, api-gateway-lambda-authorizer-input.html beside it.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.auth_policy import DENIED, AuthorizerAnswer, BadAnswer, read_answer, refusal, says_unauthorized
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, unauthorized
from groundcloud.gateway.event import proxy_event
from groundcloud.gateway.functions import Functions, json_bytes
from groundcloud.gateway.limits import AUTHORIZER_ANSWERS_KEPT, AUTHORIZER_TIMEOUT_SECONDS
from groundcloud.gateway.model import Authorizer, LambdaFunction, Method
from groundcloud.gateway.parameters import resolve, resolve_all
from groundcloud.gateway.permission import api_arn
from groundcloud.gateway.phases import AUTHORIZE, AUTHORIZER, failed, milliseconds, passed
from groundcloud.gateway.remembered import Remembered

log = logging.getLogger("groundcloud.gateway")

_MULTIVALUE = re.compile(r"^(method\.request\.)(header|querystring)(?=\.)")

_EMPTY_MAPS = (
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
)
"""Empty, not null, in an authorizer's event."""


class LambdaAuthorizers:
    """Asks functions, and remembers what they answered: by stage, authorizer and identity, for the authorizer's time.

    What is remembered is the policy; it is evaluated for each method anew.
    """

    def __init__(self, functions: Functions, clock: Clock) -> None:
        self._functions = functions
        self._clock = clock
        self._answers: Remembered[AuthorizerAnswer] = Remembered(clock, AUTHORIZER_ANSWERS_KEPT)

    async def check(self, call: Call, method: Method, *, allowed_anyway: bool = False) -> None:
        """Raise `GatewayError` unless the method's authorizer lets `call` in; note in `call` what it said.
        `allowed_anyway`: the API's resource policy allows what the authorizer does not deny."""
        authorizer = method.authorizer
        if authorizer is None or authorizer.type not in ("TOKEN", "REQUEST") or authorizer.function is None:
            log.warning("%s %s: its authorizer names no function", method.http_method, method.resource_path)
            raise _misconfigured()
        begun = self._clock.monotonic()
        try:
            identity = _identity(call, authorizer)
            answer, latency = await self._answer(call, authorizer, authorizer.function, identity)
        except GatewayError as error:
            spent = self._clock.monotonic() - begun
            told, asked = error.message or str(error.__cause__ or error.type), call.phases.get(AUTHORIZER, {})
            failed(call.phases, AUTHORIZER, spent, error.status, told, **asked)
            raise
        judged = self._clock.monotonic()
        passed(call.phases, AUTHORIZER, judged - begun, **call.phases.get(AUTHORIZER, {}))
        call.authorizer = {**answer.context, "principalId": answer.principal, "integrationLatency": latency}
        call.usage_key = answer.usage_key
        refused = refusal(answer.statements, _method_arn(call))
        if refused is not None and not (allowed_anyway and refused == DENIED):
            failed(call.phases, AUTHORIZE, self._clock.monotonic() - judged, 403, refused)
            raise GatewayError("ACCESS_DENIED", refused)
        passed(call.phases, AUTHORIZE, self._clock.monotonic() - judged)

    async def _answer(
        self, call: Call, authorizer: Authorizer, function: LambdaFunction, identity: tuple[str, ...]
    ) -> tuple[AuthorizerAnswer, int]:
        """What the function says, or said of this caller, and how long that took it in milliseconds."""
        begun = self._clock.monotonic()
        # An authorizer without identity sources has nothing to tell callers apart by: it is asked each time.
        seen = _all_values(call, authorizer) if authorizer.type == "REQUEST" else identity
        key = (call.stage.api_id, call.stage.name, f"{call.stage.deployment_id}/{authorizer.id}", seen)
        answer = self._answers.get(key) if authorizer.ttl > 0 and identity else None
        latency = 0
        if answer is None:
            answer = await self._ask(call, authorizer, function, _event(call, authorizer, identity, _method_arn(call)))
            latency = round((self._clock.monotonic() - begun) * 1000)
            if authorizer.ttl > 0 and identity:
                self._answers.keep(key, answer, authorizer.ttl)
        return answer, latency

    def clear(self) -> None:
        """Forget every answer."""
        self._answers.clear()

    def forget(self, api: str, stage: str) -> None:
        """What was remembered of a stage."""
        self._answers.forget(api, stage)

    async def _ask(
        self, call: Call, authorizer: Authorizer, function: LambdaFunction, event: dict[str, Any]
    ) -> AuthorizerAnswer:
        begun = self._clock.monotonic()
        try:
            result = await self._functions.call(
                call,
                function,
                json_bytes(event),
                timeout=AUTHORIZER_TIMEOUT_SECONDS,
                source=f"{api_arn(call)}/authorizers/{authorizer.id}",
                credentials=authorizer.credentials,
            )
        except GatewayError as error:
            raise _misconfigured() from error
        spent = milliseconds(self._clock.monotonic() - begun)
        told = {"integrationLatency": spent, "integrationStatus": "200", "requestId": result.request_id}
        call.phases[AUTHORIZER] = told
        if result.function_error:
            raise unauthorized() if says_unauthorized(result) else _misconfigured()
        try:
            return read_answer(result.payload)
        except BadAnswer as error:
            log.warning("Authorizer %s, answer of %s: %s", authorizer.id, function.function, error)
            raise _misconfigured() from error


def _method_arn(call: Call) -> str:
    return f"{api_arn(call)}/{call.stage.name}/{call.request.method}{call.path}"


def _identity(call: Call, authorizer: Authorizer) -> tuple[str, ...]:
    """The values of the identity sources. Raises `GatewayError` (401) when one is missing or does not fit."""
    values = [resolve(source, call) for source in authorizer.identity_sources]
    if not all(values):
        raise unauthorized()
    identity = tuple(value for value in values if value)
    if authorizer.type == "TOKEN" and authorizer.validation:
        try:
            fits = re.fullmatch(authorizer.validation, identity[0])
        except re.error as error:
            raise _misconfigured() from error
        if fits is None:
            raise unauthorized()
    return identity


def _all_values(call: Call, authorizer: Authorizer) -> tuple[str, ...]:
    """What a REQUEST authorizer's answer is remembered by: the function sees every value of a repeated header or query
    key, so what it says of two values must not hold for whoever comes with one of them."""
    return tuple(
        json.dumps(resolve_all(_MULTIVALUE.sub(r"\1multivalue\2", one), call)) for one in authorizer.identity_sources
    )


def _event(call: Call, authorizer: Authorizer, identity: tuple[str, ...], method_arn: str) -> dict[str, Any]:
    if authorizer.type == "TOKEN":
        return {"type": "TOKEN", "methodArn": method_arn, "authorizationToken": identity[0]}
    event = proxy_event(call)
    del event["body"], event["isBase64Encoded"]
    for name in _EMPTY_MAPS:
        event[name] = event[name] or {}
    return {"type": "REQUEST", "methodArn": method_arn, **event}


def _misconfigured() -> GatewayError:
    return GatewayError("AUTHORIZER_CONFIGURATION_ERROR", None)
