"""Lambda authorizers of HTTP APIs: simple answers and IAM policies, formats 1.0 and 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.auth_policy import AuthorizerAnswer, BadAnswer, read_answer, refusal, says_unauthorized
from groundcloud.gateway.httpapi.call import Call, Grant
from groundcloud.gateway.httpapi.errors import HttpApiError, forbidden, server_error, unauthorized
from groundcloud.gateway.httpapi.event import request_context_1, request_context_2, request_parts_1, request_parts_2
from groundcloud.gateway.httpapi.functions import Functions
from groundcloud.gateway.httpapi.limits import AUTHORIZER_ANSWERS_KEPT, AUTHORIZER_TIMEOUT_SECONDS
from groundcloud.gateway.httpapi.mapping import request_value
from groundcloud.gateway.httpapi.model import Authorizer
from groundcloud.gateway.remembered import Remembered

log = logging.getLogger("groundcloud.gateway")


@dataclass(frozen=True, slots=True)
class _Answer:
    """A simple answer's `allowed`, or a policy to judge each route by."""

    context: dict[str, Any]
    allowed: bool = False
    policy: AuthorizerAnswer | None = None


class LambdaAuthorizers:
    """Asks functions, and remembers what they answered: by stage, authorizer and identity, for the authorizer's time.
    A simple answer holds for the whole API, a policy is judged for each route."""

    def __init__(self, functions: Functions, clock: Clock) -> None:
        self._functions = functions
        self._clock = clock
        self._answers: Remembered[_Answer] = Remembered(clock, AUTHORIZER_ANSWERS_KEPT)

    async def check(self, call: Call, authorizer: Authorizer) -> Grant:
        """Who calls. Raises `HttpApiError`: 401 without an identity source, 403 when refused, 500 when it fails."""
        values = [request_value(call, source.removeprefix("$")) for source in authorizer.identity_sources]
        if not all(values):
            raise unauthorized("an identity source is missing")
        identity = tuple(value for value in values if value)
        stage = call.stage
        key = (stage.api_id, stage.name, f"{stage.deployment_id}/{authorizer.id}", identity)
        kept = authorizer.ttl > 0 and bool(identity)
        answer, latency = self._answers.get(key) if kept else None, 0
        if answer is None:
            begun = self._clock.monotonic()
            answer = await self._ask(call, authorizer, identity)
            latency = round((self._clock.monotonic() - begun) * 1000)
            if kept:
                self._answers.keep(key, answer, authorizer.ttl)
        if answer.policy is None:
            if not answer.allowed:
                raise forbidden("the authorizer said so")
            return Grant("lambda", answer.context, latency=latency)
        refused = refusal(answer.policy.statements, route_arn(call))
        if refused is not None:
            raise forbidden(refused)
        return Grant("lambda", answer.context, answer.policy.principal, latency)

    def clear(self) -> None:
        """Forget every answer."""
        self._answers.clear()

    def forget(self, api: str, stage: str) -> None:
        """What was remembered of a stage."""
        self._answers.forget(api, stage)

    async def _ask(self, call: Call, authorizer: Authorizer, identity: tuple[str, ...]) -> _Answer:
        if authorizer.function is None:
            raise server_error(f"authorizer {authorizer.id} names no function")
        api_arn = call.stage.arn.removesuffix(f"/{call.stage.name}")
        try:
            result = await self._functions.call(
                authorizer.function,
                _event(call, authorizer, identity),
                account=call.stage.scope.account,
                trace=call.trace.header,
                timeout=AUTHORIZER_TIMEOUT_SECONDS,
                source=f"{api_arn}/authorizers/{authorizer.id}",
                credentials=authorizer.credentials,
            )
        except HttpApiError as error:
            raise server_error(f"authorizer {authorizer.id}: {error.detail}") from error
        if result.function_error:
            raise unauthorized("the authorizer said so") if says_unauthorized(result) else _failed(authorizer)
        try:
            return read_simple(result.payload) if authorizer.simple else read_policy(result.payload)
        except BadAnswer as error:
            log.warning("Authorizer %s, its answer: %s", authorizer.id, error)
            raise _failed(authorizer) from error


def route_arn(call: Call) -> str:
    """``arn:aws:execute-api:{region}:{account}:{api}/{stage}/{METHOD}/{path}`` of the request itself."""
    return f"{call.stage.arn}/{call.request.method}{call.path}"


def read_simple(payload: bytes) -> _Answer:
    """``{"isAuthorized": true, "context": {…}}``. Raises `BadAnswer`."""
    answer = _object(payload)
    if not isinstance(answer.get("isAuthorized"), bool):
        raise BadAnswer("isAuthorized is not true or false")
    return _Answer(_context(answer), allowed=answer["isAuthorized"])


def read_policy(payload: bytes) -> _Answer:
    """A policy, and a context whose values keep their types. Raises `BadAnswer`."""
    answer = _object(payload)
    context = _context(answer)
    bare = {name: value for name, value in answer.items() if name != "context"}
    return _Answer(context, policy=read_answer(json.dumps(bare).encode()))


def _object(payload: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"it is not JSON: {error}") from error
    if not isinstance(answer, dict):
        raise BadAnswer("it is no object")
    return answer


def _context(answer: dict[str, Any]) -> dict[str, Any]:
    context = answer.get("context")
    if context is not None and not isinstance(context, dict):
        raise BadAnswer("its context is no object")
    return dict(context or {})


def _event(call: Call, authorizer: Authorizer, identity: tuple[str, ...]) -> dict[str, Any]:
    if authorizer.payload_format == "2.0":
        return {
            "version": "2.0",
            "type": "REQUEST",
            "routeArn": route_arn(call),
            "identitySource": list(identity),
            **request_parts_2(call),
            "requestContext": request_context_2(call),
        }
    context = request_context_1(call)
    del context["authorizer"]
    parts = {
        name: {} if value is None and name != "resource" else value for name, value in request_parts_1(call).items()
    }
    joined = ",".join(identity)
    return {
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": route_arn(call),
        "identitySource": joined,
        "authorizationToken": joined,
        **parts,
        "requestContext": context,
    }


def _failed(authorizer: Authorizer) -> HttpApiError:
    return server_error(f"authorizer {authorizer.id} failed")
