"""Cognito's public API, as the pages call it: unsigned, by the way that any client's request takes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from groundcloud.ports import RequestSender
from groundcloud.signin.errors import CONTENT_TYPE
from groundcloud.signin.hosted.app_client import AppClient

_TARGET = "AWSCognitoIdentityProviderService"
_HASHED = {"InitiateAuth": "AuthParameters", "RespondToAuthChallenge": "ChallengeResponses"}
_WITH_HASH = frozenset(
    ("SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword", *_HASHED)
)


class PublicApi:
    """`send` puts a request through the whole cloud."""

    def __init__(self, send: RequestSender) -> None:
        self._send = send

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
        response = await self._send(Request("POST", "/", "", headers, body))
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
        holder["SECRET_HASH" if member else "SecretHash"] = secret_hash(client, str(username))
        return {**given, member: holder} if member else given
    return {**given, "ClientSecret": client.secret}


def secret_hash(client: AppClient, username: str) -> str:
    """https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash"""
    digest = hmac.new(client.secret.encode(), f"{username}{client.id}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
