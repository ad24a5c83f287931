"""The events of WebSocket APIs: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.gateway.call import clf_time, new_extended_request_id
from groundcloud.gateway.trace import new_trace
from groundcloud.gateway.websocket.connections import Close, Connection
from groundcloud.http import Request

_PROPER = {
    name.lower(): name
    for name in (
        *("Host", "Origin", "User-Agent", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"),
        *("Sec-WebSocket-Extensions", "Authorization", "Cookie", "X-Amzn-Trace-Id", "Accept-Encoding"),
        *("Accept-Language", "Cache-Control", "Pragma"),
    )
}
"""The server tells header names of a handshake in lower case: these as clients write them."""

_HOP = ("connection", "upgrade", "content-length", "keep-alive", "x-forwarded-for", "x-forwarded-port")


def connect_event(connection: Connection, now: float) -> dict[str, Any]:
    return {
        **handshake_parts(connection.request, now),
        **_variables(connection),
        "requestContext": request_context(connection, "$connect", "CONNECT", now),
        "isBase64Encoded": False,
    }


def message_event(connection: Connection, route_key: str, text: str, now: float) -> dict[str, Any]:
    context = request_context(connection, route_key, "MESSAGE", now)
    context["messageId"] = new_extended_request_id()
    return {"requestContext": context, **_variables(connection), "body": text, "isBase64Encoded": False}


def disconnect_event(connection: Connection, end: Close, now: float) -> dict[str, Any]:
    context = request_context(connection, "$disconnect", "DISCONNECT", now)
    context |= {"disconnectStatusCode": end.code, "disconnectReason": end.reason}
    headers = {"Host": _domain(connection), "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    return {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        **_variables(connection),
        "requestContext": context,
        "isBase64Encoded": False,
    }


def authorizer_event(connection: Connection, method_arn: str, now: float) -> dict[str, Any]:
    """What a REQUEST authorizer is asked.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
    """
    parts = handshake_parts(connection.request, now)
    for name in ("queryStringParameters", "multiValueQueryStringParameters"):
        parts.setdefault(name, {})
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        **parts,
        "stageVariables": dict(connection.stage.variables),
        "requestContext": request_context(connection, "$connect", "CONNECT", now),
    }


def request_context(connection: Connection, route_key: str, kind: str, now: float) -> dict[str, Any]:
    request = connection.request
    context: dict[str, Any] = {
        "routeKey": route_key,
        "eventType": kind,
        "extendedRequestId": new_extended_request_id(),
        "requestTime": clf_time(now),
        "messageDirection": "IN",
        "stage": connection.stage.name,
        "connectedAt": int(connection.connected * 1000),
        "requestTimeEpoch": int(now * 1000),
        "identity": {"sourceIp": request.client, **_agent(request)},
        "requestId": new_extended_request_id(),
        "domainName": _domain(connection),
        "connectionId": connection.id,
        "apiId": connection.stage.api_id,
    }
    if connection.authorizer is not None:
        context["authorizer"] = dict(connection.authorizer)
    return context


def handshake_parts(request: Request, now: float) -> dict[str, Any]:
    """Headers and query of the handshake; the query only if there is one."""
    headers = [
        (_PROPER.get(name.lower(), name), value) for name, value in request.headers.items if name.lower() not in _HOP
    ]
    if "x-amzn-trace-id" not in request.headers:
        headers.append(("X-Amzn-Trace-Id", f"Root={new_trace(None, now, traced=False).root}"))
    headers.append(("X-Forwarded-For", request.client))
    _, _, port = request.host.rpartition("]")[2].partition(":")
    headers.append(("X-Forwarded-Port", port or "80"))
    headers.append(("X-Forwarded-Proto", "http" if request.scheme == "ws" else "https"))
    single, multi = _maps(headers)
    parts: dict[str, Any] = {"headers": single, "multiValueHeaders": multi}
    if request.query:
        parts["queryStringParameters"], parts["multiValueQueryStringParameters"] = _maps(request.query)
    return parts


def _maps(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    single: dict[str, str] = {}
    multi: dict[str, list[str]] = {}
    for name, value in pairs:
        single[name] = value
        multi.setdefault(name, []).append(value)
    return single, multi


def _agent(request: Request) -> dict[str, str]:
    agent = request.headers.get("user-agent")
    return {"userAgent": agent} if agent else {}


def _domain(connection: Connection) -> str:
    return connection.request.headers.get("host") or ""


def _variables(connection: Connection) -> dict[str, Any]:
    return {"stageVariables": dict(connection.stage.variables)} if connection.stage.variables else {}
