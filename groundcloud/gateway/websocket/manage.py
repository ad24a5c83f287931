"""`@connections`: posting to a client, looking at it, closing it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import unquote

from groundcloud.clock import new_request_id
from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.catalog import Catalog
from groundcloud.gateway.httpapi.signers import Signers
from groundcloud.gateway.target import Target, parse_target
from groundcloud.gateway.websocket.connections import NORMAL, Connection, Connections, is_id
from groundcloud.gateway.websocket.limits import MAX_MESSAGE_BYTES
from groundcloud.http import Headers, Request, Response

_PATH = re.compile(r"/@connections/([^/]+)/?")


class ManageConnections:
    """Answers ``/{stage}/@connections/{id}`` of an API's host, and, for clients that know the cloud's endpoint only,
    ``/@connections/{id}`` of the endpoint itself."""

    def __init__(self, catalog: Catalog, connections: Connections, signers: Signers) -> None:
        self._catalog = catalog
        self._connections = connections
        self._signers = signers

    async def handle(self, request: Request, mapped: Target | None = None) -> Response | None:
        """The answer, or None when the URL is none of these."""
        target = mapped or parse_target(request.host, request.raw_path)
        found = _PATH.fullmatch(target.path if target is not None else request.raw_path)
        if found is None:
            return None
        connection_id = unquote(found[1])
        connection = self._connections.find(connection_id)
        if target is not None:
            api = await self._catalog.find(target.api_id, target.region)
            if api is None or api.protocol != "WEBSOCKET":
                return None
            stage = api.stages.get(target.stage)
            if stage is None:
                return _error(403, "ForbiddenException", "Forbidden")
            arn, account = stage.arn, stage.scope.account
            if connection is not None and (connection.stage.api_id, connection.stage.name) != (
                stage.api_id,
                stage.name,
            ):
                connection = None
        elif connection is not None:
            arn, account = connection.stage.arn, connection.stage.scope.account
        else:
            # Whose connection it was, nobody knows any more; that there is none is no secret.
            return _gone(connection_id)
        try:
            resource = f"{arn}/{request.method}/@connections/{connection_id}"
            await self._signers.check(request, "execute-api:ManageConnections", resource, account)
        except AwsError as error:
            return _error(error.status, error.code, error.message)
        return self._answer(request, connection, connection_id)

    def _answer(self, request: Request, connection: Connection | None, connection_id: str) -> Response:
        if connection is None:
            return _gone(connection_id)
        if request.method == "POST":
            if len(request.body) > MAX_MESSAGE_BYTES:
                return _error(413, "PayloadTooLargeException", "Message too long", connection_id)
            connection.send(request.body.decode("utf-8", "replace"))
            return _answered(200)
        if request.method == "GET":
            return _answered(200, _described(connection))
        if request.method == "DELETE":
            connection.close(NORMAL, "Connection closed by the server")
            return _answered(204)
        return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def _described(connection: Connection) -> dict[str, object]:
    request = connection.request
    return {
        "connectedAt": _iso(connection.connected),
        "identity": {"sourceIp": request.client, "userAgent": request.headers.get("user-agent") or ""},
        "lastActiveAt": _iso(connection.last_active),
    }


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _gone(connection_id: str) -> Response:
    if not is_id(connection_id):
        return _error(400, "BadRequestException", f"Invalid connectionId: {connection_id}", connection_id)
    return _error(410, "GoneException", "Gone", connection_id)


def _answered(status: int, body: dict[str, object] | None = None) -> Response:
    headers = Headers([("x-amzn-RequestId", new_request_id())])
    if body is None:
        return Response(status, headers)
    headers.add("Content-Type", "application/json")
    return Response(status, headers, json.dumps(body).encode())


def _error(status: int, code: str, message: str, connection_id: str = "") -> Response:
    request_id = new_request_id()
    body = {"message": message, **({"connectionId": connection_id, "requestId": request_id} if connection_id else {})}
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code), ("x-amzn-RequestId", request_id)]
    return Response(status, Headers(headers), json.dumps(body).encode())
