"""A pool's functions: called through the runtime with AWS's events, their refusals in AWS's words.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from groundcloud import functionpolicy
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, FunctionInvoker, Invocation, Scope, ServiceAccess
from groundcloud.signin.directory import Pool, User

PRINCIPAL = "cognito-idp.amazonaws.com"
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"

_Policy = list[Mapping[str, Any]]


class Triggers:
    """Calls the functions in a pool's LambdaConfig. A function must let Cognito in by its resource policy; what that
    does not, is `access`'s to judge, which records it."""

    def __init__(
        self, invoker: FunctionInvoker, aws: AwsCaller, changes: Changes, access: ServiceAccess | None = None
    ) -> None:
        self._access = access
        self._invoker = invoker
        self._aws = aws
        self._changes = changes
        self._generation = -1
        self._policies: dict[str, _Policy] = {}

    def has(self, pool: Pool, trigger: str) -> bool:
        return bool(_function(pool, trigger))

    def function(self, pool: Pool, trigger: str) -> str:
        """Its ARN, or nothing."""
        return _function(pool, trigger)

    async def call(
        self,
        pool: Pool,
        trigger: str,
        source: str,
        username: str | None,
        client_id: str,
        request: dict[str, Any],
        response: dict[str, Any] | None = None,
        version: str = "1",
    ) -> dict[str, Any]:
        """The ``response`` that the function gave, or `response` as it is when the pool has no such function.

        `trigger` is its name in LambdaConfig, `source` the event's ``triggerSource``. Raises `AwsError`:
        UserLambdaValidationException when the function fails, UnexpectedLambdaException when it cannot be called,
        InvalidLambdaResponseException when what it returns is no event.
        """
        function = _function(pool, trigger)
        if not function:
            return response or {}
        event = {
            "version": version,
            "region": pool.scope.region,
            "userPoolId": pool.id,
            "userName": username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
            "triggerSource": source,
            "request": request,
            "response": response or {},
        }
        try:
            if not await self._lets_in(function, pool):
                raise AwsError("AccessDeniedException", "The function's policy does not name Cognito", 403)
            result = await self._invoker.invoke(Invocation(function, json.dumps(event).encode(), pool.scope))
        except AwsError as error:
            message = f"{trigger} invocation failed due to error {error.code}."
            raise AwsError("UnexpectedLambdaException", message) from error
        if result.function_error:
            message = f"{trigger} failed with error {_error_message(result.payload)}."
            raise AwsError("UserLambdaValidationException", message)
        return _response(result.payload)

    async def _lets_in(self, function: str, pool: Pool) -> bool:
        generation = self._changes.generation("lambda")
        if generation != self._generation:
            self._generation = generation
            self._policies.clear()
        statements = self._policies.get(function)
        if statements is None:
            statements = await self._statements(function, pool.scope)
            if generation == self._changes.generation("lambda"):
                self._policies[function] = statements
        if functionpolicy.allows(statements, PRINCIPAL, pool.arn, pool.scope.account):
            return True
        return self._access is not None and await self._access.may_invoke(
            PRINCIPAL, function, pool.arn, pool.scope.account
        )

    async def _statements(self, function: str, scope: Scope) -> _Policy:
        parts = function.split(":")
        params = {"FunctionName": ":".join(parts[:7])}
        if len(parts) > 7:
            params["Qualifier"] = parts[7]
        where = Scope(parts[4], parts[3]) if len(parts) >= 7 else scope
        try:
            answer = await self._aws.call("lambda", "GetPolicy", params, scope=where)
        except AwsError as error:
            if error.status != 404:
                raise
            return []
        return functionpolicy.statements(answer["Policy"])


def user_attributes(user: User) -> dict[str, str]:
    """A user's attributes as events carry them, with the user's status among them."""
    status = {"cognito:user_status": user.status} if user.status else {}
    return {"sub": user.sub, **status, **{name: value for name, value in user.attributes.items() if name != "sub"}}


def metadata(value: object) -> dict[str, Any]:
    """``clientMetadata`` of a request, left out when there is none."""
    return {"clientMetadata": value} if isinstance(value, dict) and value else {}


def invalid_response(message: str = "Unrecognizable lambda output") -> AwsError:
    return AwsError("InvalidLambdaResponseException", message)


def _function(pool: Pool, trigger: str) -> str:
    config = pool.settings.get("LambdaConfig") or {}
    versioned = (config.get(f"{trigger}Config") or {}).get("LambdaArn")
    return str(versioned or config.get(trigger) or "")


def _response(payload: bytes) -> dict[str, Any]:
    try:
        event = json.loads(payload)
    except ValueError as error:
        raise invalid_response("Invalid lambda function output : Invalid JSON") from error
    response = event.get("response") if isinstance(event, dict) else None
    if not isinstance(response, dict):
        raise invalid_response()
    return response


def _error_message(payload: bytes) -> str:
    try:
        value = json.loads(payload)
    except ValueError:
        return ""
    return str(value.get("errorMessage") or "") if isinstance(value, dict) else ""
