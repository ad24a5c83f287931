"""The event a Lambda proxy integration hands to its function (payload format 1.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
(input format), and what AWS was recorded to send: absent maps are null, header names keep the client's case, the last
of repeated values wins in the single-value maps.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from groundcloud.gateway.call import Call
from groundcloud.http import Request

_NOT_FORWARDED = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    )
)
"""Hop-by-hop headers, which AWS's events lack, and those that the gateway writes itself."""


def proxy_event(call: Call) -> dict[str, Any]:
    """The event of `call`, which must be routed."""
    assert call.match is not None
    request = call.request
    headers, multi_headers = _maps(forwarded_headers(call))
    query, multi_query = _maps(request.query) if request.query_string else (None, None)
    body, encoded = _body(request, call.stage.binary_media_types)
    return {
        "resource": call.match.method.resource_path,
        "path": (call.target.base_path or "") + call.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": multi_headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": multi_query,
        "pathParameters": call.match.parameters,
        "stageVariables": dict(call.stage.variables) or None,
        "requestContext": request_context(call),
        "body": body,
        "isBase64Encoded": encoded,
    }


def request_context(call: Call) -> dict[str, Any]:
    """`requestContext` of the event; also what ``$context`` means in templates and parameter mappings."""
    request, stage = call.request, call.stage
    context: dict[str, Any] = {}
    if call.match is not None:
        context["resourceId"] = call.match.method.resource_id
        if call.authorizer is not None:
            context["authorizer"] = call.authorizer
        context["resourcePath"] = call.match.method.resource_path
    context |= {
        "httpMethod": request.method,
        "extendedRequestId": call.extended_request_id,
        "requestTime": call.request_time,
        "path": (f"/{stage.name}" if call.target.base_path is None else call.target.base_path) + call.target.path,
        "accountId": stage.scope.account,
        "protocol": "HTTP/1.1",
        "stage": stage.name,
        "domainPrefix": stage.api_id if call.target.base_path is None else request.hostname.partition(".")[0],
        "requestTimeEpoch": int(call.started * 1000),
        "requestId": call.request_id,
        "identity": _identity(call),
        # AWS: "This should be the same as the incoming Host header."
        "domainName": request.headers.get("host", ""),
        "deploymentId": stage.deployment_id,
        "apiId": stage.api_id,
    }
    return context


def _identity(call: Call) -> dict[str, Any]:
    request = call.request
    identity = {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "cognitoIdentityId": None,
        "caller": None,
        "sourceIp": request.client,
        "principalOrgId": None,
        "accessKey": None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": None,
        "userAgent": request.headers.get("user-agent"),
        "user": None,
    }
    if call.caller is not None:
        identity.update(call.caller)
    if call.api_key is not None:
        identity["apiKey"], identity["apiKeyId"] = call.api_key.value, call.api_key.id
    return identity


def is_binary(content_type: str | None, binary_media_types: Iterable[str]) -> bool:
    """Whether a media type (parameters ignored, ``application/json`` when absent) is one the API declares binary.
    Declared types may be ``*/*`` or ``type/*``."""
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    for declared in binary_media_types:
        pattern = declared.strip().lower()
        if pattern in ("*/*", media_type):
            return True
        if pattern.endswith("/*") and media_type.startswith(pattern[:-1]):
            return True
    return False


def _body(request: Request, binary_media_types: tuple[str, ...]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if binary_media_types and is_binary(request.headers.get("content-type"), binary_media_types):
        return base64.b64encode(request.body).decode("ascii"), True
    return request.body.decode("utf-8", "replace"), False


def _maps(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str] | None, dict[str, list[str]] | None]:
    single: dict[str, str] = {}
    multi: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in single:
            multi[name].append(value)
        else:
            multi[name] = [value]
        single[name] = value
    return (single, multi) if single else (None, None)


def forwarded_headers(call: Call) -> list[tuple[str, str]]:
    """The request's headers as an integration gets them."""
    request = call.request
    kept = [item for item in request.headers.items if item[0].lower() not in _NOT_FORWARDED]
    if "x-amzn-trace-id" not in request.headers:
        kept.append(("X-Amzn-Trace-Id", f"Root={call.trace.root}"))
    before = request.headers.get("x-forwarded-for")
    kept.append(("X-Forwarded-For", f"{before}, {request.client}" if before else request.client))
    kept.append(("X-Forwarded-Port", _port(request.host, request.scheme)))
    kept.append(("X-Forwarded-Proto", request.scheme))
    return [(name.lower(), value) for name, value in kept] if call.target.lower_case else kept


@lru_cache(maxsize=256)
def _port(host: str, scheme: str) -> str:
    _, _, port = host.rpartition("]")[2].partition(":")
    return port or ("443" if scheme == "https" else "80")
