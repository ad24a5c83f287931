"""Who signed a call of an API, and may they make it: for routes with `AWS_IAM`, and for `@connections`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Protocol

from groundcloud.clock import new_request_id
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import credential_of
from groundcloud.engines.embedded.asgi import Message
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import Scope

_MISSING = "Missing Authentication Token"


class Judge(Protocol):
    """`Authorize`: marks the administrator's requests, refuses wrong signatures."""

    async def __call__(self, exchange: Exchange) -> Response | None: ...


class ApiSigners:
    """Implements the gateway's `Signers`."""

    def __init__(self, authorize: Judge, account: str) -> None:
        self._authorize = authorize
        self._account = account

    async def check(self, request: Request, action: str, resource: str, account: str) -> dict[str, str | None]:
        exchange = exchange_of(request)
        access_key, region, service = credential_of(exchange)
        if not access_key:
            raise AwsError("MissingAuthenticationTokenException", _MISSING, 403)
        if service != "execute-api":
            raise AwsError("InvalidSignatureException", "Credential should be scoped to correct service.", 403)
        scope = Scope(account, region)
        exchange.identity = Identity("execute-api", "Invoke", "rest-json", scope, access_key, service)
        await self._authorize(exchange)
        owner = access_key if access_key.isdecimal() else self._account
        if not exchange.is_admin or owner != account:
            message = f"User with the key {access_key} is not authorized to perform: {action} on resource: {resource}"
            raise AwsError("AccessDeniedException", message, 403)
        arn = f"arn:aws:iam::{owner}:root"
        return {"accessKey": access_key, "accountId": owner, "callerId": owner, "userArn": arn, "userId": owner}


def exchange_of(request: Request) -> Exchange:
    """A request that was read already, as the handlers of the edge know one."""
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "method": request.method,
        "raw_path": request.raw_path.encode("latin-1"),
        "query_string": request.query_string.encode("latin-1"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items],
        "scheme": request.scheme,
        "client": (request.client, 0),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body, "more_body": False}

    async def send(_: Message) -> None:
        raise AssertionError("nothing is answered here")

    return Exchange(scope, receive, send, new_request_id())
