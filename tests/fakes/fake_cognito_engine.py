"""One user pool with one client, as far as the sign-in part looks: what is asked, is remembered.

engine = FakeCognitoEngine(pool={"AutoVerifiedAttributes": ["email"]})
engine.users["ann"] = {"sub": "1", "email": "ann@example.com"}
engine.answers["SignUp"] = Response.json(200, "{…}")     # what a forwarded public operation gets
engine.forwarded                                          # [(operation, members, scope or None)]
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine, Mail, Outbox, Scope, Scopes

HOME = Scope("000000000000", "us-east-1")
ELSEWHERE = Scope("111111111111", "eu-west-1")
POOL = "eu-west-1_pool"
CLIENT = "client"


class FakeScopes(Scopes):
    def known(self) -> list[Scope]:
        return [HOME, ELSEWHERE]


class FakeOutbox(Outbox):
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def deliver(self, mail: Mail) -> None:
        self.mails.append(mail)


class FakeCognitoEngine(Engine):
    """The pool is in ELSEWHERE, so that what is asked in the wrong account is seen."""

    def __init__(self, pool: dict[str, Any] | None = None) -> None:
        self.pool = {"AutoVerifiedAttributes": ["email"], **(pool or {})}
        self.users: dict[str, dict[str, str]] = {}
        self.status = "UNCONFIRMED"
        self.answers: dict[str, Response] = {}
        self.forwarded: list[tuple[str, dict[str, Any], Scope | None]] = []
        self.updates: list[dict[str, Any]] = []

    async def request(self, request: Request) -> Response:
        return self._forward(request, None)

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response:
        assert service == "cognito-idp"
        return self._forward(request, scope)

    def _forward(self, request: Request, scope: Scope | None) -> Response:
        operation = (request.headers.get("x-amz-target") or "").rpartition(".")[2]
        self.forwarded.append((operation, json.loads(request.body), scope))
        return self.answers.get(operation) or Response.json(200, "{}")

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        asked = params or {}
        if operation == "ListUserPools":
            return {"UserPools": [{"Id": POOL}] if scope == ELSEWHERE else []}
        assert scope == ELSEWHERE, f"{operation} in the wrong account"
        if operation == "ListUserPoolClients":
            return {"UserPoolClients": [{"ClientId": CLIENT}]}
        if operation == "DescribeUserPool":
            return {"UserPool": {"Id": POOL, **self.pool}}
        if operation == "AdminGetUser":
            return self._user(asked["Username"])
        if operation in ("AdminUpdateUserAttributes", "AdminSetUserPassword"):
            self.updates.append(asked)
            return {}
        raise AssertionError(f"nobody expected {operation}")

    def _user(self, username: str) -> dict[str, Any]:
        if username not in self.users:
            raise AwsError("UserNotFoundException", "User does not exist.")
        attributes = [{"Name": name, "Value": value} for name, value in self.users[username].items()]
        return {"Username": username, "UserAttributes": attributes, "UserStatus": self.status, "Enabled": True}


def cognito_request(operation: str, members: dict[str, Any] | bytes, **headers: str) -> Request:
    """A request of the AWS JSON protocol."""
    target = ("X-Amz-Target", f"AWSCognitoIdentityProviderService.{operation}")
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    return Request("POST", "/", headers=Headers([target, *headers.items()]), body=body)


def refusal(code: str, message: str = "") -> Response:
    return Response.json(400, json.dumps({"__type": code, "message": message}))
