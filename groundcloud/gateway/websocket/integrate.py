"""What a route of a WebSocket API calls, and what comes back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from groundcloud.gateway.httpapi.endpoints import Endpoints
from groundcloud.gateway.httpapi.errors import not_built, server_error
from groundcloud.gateway.httpapi.functions import Functions
from groundcloud.gateway.httpapi.model import Integration, Route
from groundcloud.gateway.uri_template import fill, unfilled
from groundcloud.gateway.websocket.connections import Connection
from groundcloud.gateway.websocket.limits import MAX_INTEGRATION_SECONDS
from groundcloud.gateway.websocket.mapping import mapped

_STATUS = re.compile(r'"statusCode"\s*:\s*"?(\d{3})')


@dataclass(frozen=True, slots=True)
class Result:
    """What an integration answered: ``$connect`` looks at the status, a route with a route response sends the body."""

    status: int = 200
    body: str | None = None
    headers: dict[str, str] | None = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in (self.headers or {}).items() if key.lower() == name), None)


class Integrations:
    """Calls functions, endpoints and mocks."""

    def __init__(self, functions: Functions, endpoints: Endpoints) -> None:
        self._functions = functions
        self._endpoints = endpoints

    async def call(self, connection: Connection, route: Route, event: dict[str, Any]) -> Result:
        """Raises `HttpApiError` when the route has nothing to call, or it failed."""
        integration = route.integration
        if integration is None:
            raise server_error(f"the route {route.key} has no integration")
        if integration.connection_type == "VPC_LINK":
            raise not_built("VPC links")
        if integration.type == "MOCK":
            return _mocked(integration)
        if integration.type == "HTTP_PROXY":
            return await self._endpoint(connection, integration, event)
        if integration.type == "AWS_PROXY" and integration.function is not None:
            return await self._function(connection, route, integration, event)
        raise not_built(f"{integration.type} integrations of WebSocket APIs")

    async def _function(
        self, connection: Connection, route: Route, integration: Integration, event: dict[str, Any]
    ) -> Result:
        assert integration.function is not None
        result = await self._functions.call(
            integration.function,
            event,
            account=connection.stage.scope.account,
            trace=None,
            timeout=min(integration.timeout, MAX_INTEGRATION_SECONDS),
            source=f"{connection.stage.arn}/{route.key}",
            credentials=integration.credentials,
        )
        if result.function_error:
            raise server_error("the function failed; its log says how")
        return read_result(result.payload)

    async def _endpoint(self, connection: Connection, integration: Integration, event: dict[str, Any]) -> Result:
        told = mapped(integration.request_parameters, connection, event)
        own = [("content-type", "application/json")]
        headers = [pair for pair in own if pair[0] not in {name.lower() for name, _ in told.header}] + told.header
        if unfilled(integration.uri, told.path):
            raise server_error(f"the endpoint {integration.uri} is not complete")
        url = fill(integration.uri, told.path)
        if told.querystring:
            url += ("&" if "?" in url else "?") + urlencode(told.querystring)
        text = str(event.get("body") or "")
        timeout = min(integration.timeout, MAX_INTEGRATION_SECONDS)
        method = integration.method if integration.method not in ("", "ANY") else "POST"
        answer = await self._endpoints.fetch(method, url, headers, text.encode(), timeout)
        return Result(answer.status, answer.body.decode("utf-8", "replace"))


def read_result(payload: bytes) -> Result:
    """A function's result: a proxy response, or anything else, which is a 200 with that as its body."""
    try:
        value = json.loads(payload) if payload else None
    except ValueError as error:
        raise server_error("the function's result is not JSON") from error
    if not isinstance(value, dict) or "statusCode" not in value:
        return Result(body=None if value is None else payload.decode("utf-8", "replace"))
    try:
        status = int(value["statusCode"])
    except (TypeError, ValueError) as error:
        raise server_error("the function's statusCode is no number") from error
    body, headers = value.get("body"), value.get("headers")
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    kept = {str(name): str(item) for name, item in headers.items()} if isinstance(headers, dict) else None
    return Result(status, text, kept)


def _mocked(integration: Integration) -> Result:
    """A mock's request template names the status; there is no other logic in it that is understood."""
    template = next(iter(integration.request_templates.values()), '{"statusCode": 200}')
    found = _STATUS.search(template)
    if found is None:
        raise server_error("the mock's request template names no statusCode")
    return Result(int(found[1]))
