"""Cognito's public API, as the pages call it: by the way that any client's request takes through the sign-in part."""

from __future__ import annotations

import json
from typing import Any, Protocol

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope
from groundcloud.signin.client_secret import secret_hash
from groundcloud.signin.errors import CONTENT_TYPE
from groundcloud.signin.hosted.app_client import AppClient

_TARGET = "AWSCognitoIdentityProviderService"
_HASHED = {"InitiateAuth": "AuthParameters", "RespondToAuthChallenge": "ChallengeResponses"}
_WITH_HASH = frozenset(
    ("SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword", *_HASHED)
)


class Operations(Protocol):
    """The sign-in part's entry."""

    async def handle(
        self, operation: str, request: Request, scope: Scope, *, is_admin: bool = False, hosted: bool = False
    ) -> Response | None: ...


class PublicApi:
    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def call(self, client: AppClient, operation: str, **params: Any) -> dict[str, Any]:
        """One operation for an app client, with the secret hash if it has a secret. Raises `AwsError`."""
        body = json.dumps(_for_client(client, operation, params)).encode()
        headers = Headers(
            [
                ("Host", f"cognito-idp.{client.pool.scope.region}.amazonaws.com"),
                ("Content-Type", CONTENT_TYPE),
                ("X-Amz-Target", f"{_TARGET}.{operation}"),
                ("Content-Length", str(len(body))),
            ]
        )
        request = Request("POST", "/", "", headers, body, service="cognito-idp")
        response = await self._operations.handle(operation, request, client.pool.scope, hosted=True)
        if response is None:
            raise AwsError("InternalErrorException", f"{operation} is not the sign-in part's", 500)
        answer = json.loads(response.body or b"{}")
        if response.status == 200:
            return dict(answer)
        code = str(answer.get("__type") or "InternalErrorException").rpartition("#")[2]
        raise AwsError(code, str(answer.get("message") or answer.get("Message") or ""), response.status)


def _for_client(client: AppClient, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    if operation in ("AssociateSoftwareToken", "VerifySoftwareToken"):
        return params
    given = {"ClientId": client.id, **params}
    if not client.secret:
        return given
    if operation in _WITH_HASH:
        member = _HASHED.get(operation)
        holder = dict(given[member]) if member else given
        username = holder.get("USERNAME" if member else "Username")
        holder["SECRET_HASH" if member else "SecretHash"] = secret_hash(client.client, str(username))
        return {**given, member: holder} if member else given
    return {**given, "ClientSecret": client.secret}
