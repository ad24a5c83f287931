"""The events of Lambda proxy integrations of HTTP APIs, formats 1.0 and 2.0: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html: all header names
are in lower case; 2.0 joins repeated headers and query values by commas and leaves out what is absent; 1.0 has null.
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import unquote_plus

from groundcloud.gateway.httpapi.call import Call
from groundcloud.http import Request

_TEXT = re.compile(r"(text/.*|application/(json|xml|javascript)|[^/]+/[^/]*\+(json|xml))", re.IGNORECASE)
"""What is handed over as text; every other body is Base64, a form's too."""

_NOT_FORWARDED = frozenset(
    (
        *("connection", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer"),
        *("transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"),
    )
)


def event(call: Call, payload_format: str) -> dict[str, Any]:
    """The event of `call`, which must be routed, in format ``1.0`` or ``2.0``."""
    return _event_1(call) if payload_format == "1.0" else _event_2(call)


def forwarded_headers(call: Call) -> list[tuple[str, str]]:
    """The request's headers as an integration gets them, names in lower case."""
    request = call.request
    items = [(name.lower(), value) for name, value in request.headers.items]
    kept = [item for item in items if item[0] not in _NOT_FORWARDED]
    if "content-length" not in request.headers:
        kept.append(("content-length", str(len(request.body))))
    if "x-amzn-trace-id" not in request.headers:
        kept.append(("x-amzn-trace-id", f"Root={call.trace.root}"))
    before = request.headers.get("x-forwarded-for")
    kept.append(("x-forwarded-for", f"{before}, {request.client}" if before else request.client))
    kept.append(("x-forwarded-port", _port(request)))
    kept.append(("x-forwarded-proto", request.scheme))
    return kept


def query_pairs(query_string: str) -> list[tuple[str, str]]:
    """The query decoded, in order."""
    pairs = (part.partition("=") for part in query_string.split("&") if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Values of one name joined by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def request_parts_2(call: Call) -> dict[str, Any]:
    """What an authorizer's event of format 2.0 and a function's have in common, but the request context."""
    headers = [item for item in forwarded_headers(call) if item[0] != "cookie"]
    query = joined(query_pairs(call.request.query_string))
    found: dict[str, Any] = {
        "routeKey": call.route.key,
        "rawPath": call.staged_path,
        "rawQueryString": call.request.query_string,
        "cookies": [
            part.strip()
            for value in call.request.headers.get_all("cookie")
            for part in value.split(";")
            if part.strip()
        ],
        "headers": joined(headers),
        "queryStringParameters": query,
        "pathParameters": call.match.parameters if call.match else None,
        "stageVariables": dict(call.stage.variables),
    }
    absent = ("cookies", "queryStringParameters", "pathParameters", "stageVariables")
    return {name: value for name, value in found.items() if value or name not in absent}


def request_context_2(call: Call) -> dict[str, Any]:
    request = call.request
    context: dict[str, Any] = {
        "accountId": call.stage.scope.account,
        "apiId": call.stage.api_id,
        "domainName": call.domain,
        "domainPrefix": call.domain_prefix,
        "http": {
            "method": request.method,
            "path": call.staged_path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.client,
            "userAgent": request.headers.get("user-agent") or "",
        },
        "requestId": call.request_id,
        "routeKey": call.route.key,
        "stage": call.stage.name,
        "time": call.request_time,
        "timeEpoch": int(call.started * 1000),
    }
    if call.grant is not None:
        context["authorizer"] = {call.grant.kind: call.grant.value}
    return context


def _event_2(call: Call) -> dict[str, Any]:
    body, encoded = body_of(call.request)
    return {
        "version": "2.0",
        **request_parts_2(call),
        "requestContext": request_context_2(call),
        **({"body": body} if body is not None else {}),
        "isBase64Encoded": encoded,
    }


def request_parts_1(call: Call) -> dict[str, Any]:
    """Likewise for format 1.0."""
    headers, multi_headers = _maps(forwarded_headers(call))
    query, multi_query = _maps(query_pairs(call.request.query_string))
    return {
        "resource": call.route.path,
        "path": call.sent_path,
        "httpMethod": call.request.method,
        "headers": headers,
        "multiValueHeaders": multi_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": multi_query,
        "pathParameters": call.match.parameters if call.match else None,
        "stageVariables": dict(call.stage.variables) or None,
    }


def request_context_1(call: Call) -> dict[str, Any]:
    request, grant = call.request, call.grant
    iam = grant.value if grant and grant.kind == "iam" else {}
    identity = iam.get("cognitoIdentity") or {}
    return {
        "accountId": call.stage.scope.account,
        "apiId": call.stage.api_id,
        "authorizer": _authorizer_1(call),
        "domainName": call.domain,
        "domainPrefix": call.domain_prefix,
        "extendedRequestId": call.request_id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": iam.get("accessKey"),
            "accountId": iam.get("accountId"),
            "caller": iam.get("callerId"),
            "cognitoAmr": identity.get("amr"),
            "cognitoIdentityId": identity.get("identityId"),
            "cognitoIdentityPoolId": identity.get("identityPoolId"),
            "principalOrgId": iam.get("principalOrgId"),
            "sourceIp": request.client,
            "user": iam.get("userId"),
            "userAgent": request.headers.get("user-agent"),
            "userArn": iam.get("userArn"),
        },
        "path": call.sent_path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "requestTime": call.request_time,
        "requestTimeEpoch": int(call.started * 1000),
        "resourceId": call.route.key,
        "resourcePath": call.route.path,
        "stage": call.stage.name,
    }


def _authorizer_1(call: Call) -> dict[str, Any]:
    grant = call.grant
    if grant is not None and grant.kind == "jwt":
        return {"claims": grant.value["claims"], "scopes": grant.value["scopes"]}
    if grant is not None and grant.kind == "lambda":
        principal = {"principalId": grant.principal} if grant.principal is not None else {}
        return {**grant.value, **principal, "integrationLatency": grant.latency}
    return {"claims": None, "scopes": None}


def _event_1(call: Call) -> dict[str, Any]:
    body, encoded = body_of(call.request)
    return {
        "version": "1.0",
        **request_parts_1(call),
        "requestContext": request_context_1(call),
        "body": body,
        "isBase64Encoded": encoded,
    }


def body_of(request: Request) -> tuple[str | None, bool]:
    """The body as text, or Base64 and True."""
    if not request.body:
        return None, False
    kind = (request.headers.get("content-type") or "application/json").partition(";")[0].strip()
    if _TEXT.fullmatch(kind) and "content-encoding" not in request.headers:
        return request.body.decode("utf-8", "replace"), False
    return base64.b64encode(request.body).decode("ascii"), True


def _maps(pairs: list[tuple[str, str]]) -> tuple[dict[str, str] | None, dict[str, list[str]] | None]:
    single: dict[str, str] = {}
    multi: dict[str, list[str]] = {}
    for name, value in pairs:
        single[name] = value
        multi.setdefault(name, []).append(value)
    return (single, multi) if single else (None, None)


def _port(request: Request) -> str:
    _, _, port = request.host.rpartition("]")[2].partition(":")
    return port or ("443" if request.scheme == "https" else "80")
