"""The event of a function URL, payload format 2.0: pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
"""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, unquote_plus

from groundcloud.http import Request
from groundcloud.runtime.urls.config import FunctionUrl

_TEXT = re.compile(
    r"(text/.*|application/(json|xml|javascript|x-www-form-urlencoded|graphql)|.*\+(json|xml))", re.IGNORECASE
)


def make_event(
    url: FunctionUrl, request: Request, *, request_id: str, trace: str, caller: dict[str, str | None] | None, now: float
) -> bytes:
    """The event as JSON. `caller` is who signed the request (``accessKey``, ``accountId``, ``userArn``, …), None for
    a URL that is open."""
    headers, cookies = _headers(url, request, trace)
    context: dict[str, Any] = {
        "accountId": caller["accountId"] if caller else "anonymous",
        "apiId": url.id,
        "domainName": url.domain,
        "domainPrefix": url.id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.client,
            "userAgent": request.headers.get("user-agent") or "",
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    if caller:
        context["authorizer"] = {"iam": {**caller, "cognitoIdentity": None, "principalOrgId": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(request.raw_path),
        "rawQueryString": request.query_string,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **_query(request.query_string),
        "requestContext": context,
        **_body(request),
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(url: FunctionUrl, request: Request, trace: str) -> tuple[dict[str, str], list[str]]:
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in request.headers.items:
        lower = name.lower()
        if lower == "cookie":
            cookies += [part.strip() for part in value.split(";") if part.strip()]
        elif lower != "host":
            headers[lower] = f"{headers[lower]},{value}" if lower in headers else value
    headers.update(
        {
            "host": url.domain,
            "x-amzn-trace-id": trace,
            "x-forwarded-for": request.client,
            "x-forwarded-port": request.host.rpartition(":")[2] if ":" in request.host else "80",
            "x-forwarded-proto": request.scheme,
        }
    )
    return headers, cookies


def _query(query_string: str) -> dict[str, Any]:
    values: dict[str, str] = {}
    for pair in query_string.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            name, value = unquote_plus(name), unquote_plus(value)
            values[name] = f"{values[name]},{value}" if name in values else value
    return {"queryStringParameters": values} if values else {}


def _body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {"isBase64Encoded": False}
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip()
    if _TEXT.fullmatch(kind) and "content-encoding" not in request.headers:
        try:
            return {"body": request.body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
