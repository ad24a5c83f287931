"""What a function returned to an HTTP API, as an HTTP response: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
(response format): format 2.0 infers a response from whatever has no ``statusCode``; what is malformed answers 500.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from groundcloud.gateway.httpapi.errors import server_error
from groundcloud.http import Headers, Response

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PLAIN = "text/plain; charset=utf-8"
_OWN = frozenset(
    (
        *("connection", "content-length", "date", "keep-alive", "proxy-authenticate", "trailer"),
        *("transfer-encoding", "upgrade", "apigw-requestid", "x-amzn-requestid"),
    )
)
"""Hop-by-hop, or written by the API itself."""


def from_function(payload: bytes, payload_format: str) -> Response:
    """The response that a function's result (JSON) asks for. Raises `HttpApiError` 500."""
    try:
        result = json.loads(payload) if payload else None
    except (ValueError, RecursionError):
        raise server_error("The function's result is not JSON") from None
    if isinstance(result, dict) and "statusCode" in result:
        return _explicit(result, payload_format)
    if payload_format == "1.0":
        raise server_error("The function's result has no statusCode")
    text = result if isinstance(result, str) else payload.decode("utf-8", "replace") or "null"
    return Response(200, Headers([("Content-Type", "application/json")]), text.encode("utf-8", "surrogatepass"))


def _explicit(result: dict[str, Any], payload_format: str) -> Response:
    items = list(_headers(result, multi=payload_format == "1.0"))
    if payload_format != "1.0":
        items += [("Set-Cookie", _text(cookie)) for cookie in _listed(result.get("cookies"))]
    if not any(name.lower() == "content-type" for name, _ in items):
        items.insert(0, ("Content-Type", _PLAIN))
    return Response(_status(result["statusCode"]), Headers(items), _body(result))


def _status(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise server_error(f"{value!r} is no HTTP status")
    return value


def _headers(result: dict[str, Any], *, multi: bool) -> Iterator[tuple[str, str]]:
    single, repeated = result.get("headers") or {}, (result.get("multiValueHeaders") or {}) if multi else {}
    if not isinstance(single, dict) or not isinstance(repeated, dict):
        raise server_error("The function's headers are no object")
    pairs = [(name, _text(value)) for name, value in single.items() if value is not None]
    listed = [(name, _text(value)) for name, values in repeated.items() for value in _listed(values)]
    sent = {(name.lower(), value) for name, value in listed}
    for name, value in [pair for pair in pairs if (pair[0].lower(), pair[1]) not in sent] + listed:
        if not _TOKEN.fullmatch(name):
            raise server_error(f"{name!r} is no header name")
        if name.lower() not in _OWN:
            yield name, value


def kept_headers(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """An endpoint's headers, without those that are not its client's."""
    return [(name, value) for name, value in pairs if name.lower() not in _OWN]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise server_error(f"{value!r} is no list")
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise server_error(f"{value!r} is no header value")
    # Line breaks would end the header: a function may not write further ones that way.
    clean = str(value).replace("\r", "").replace("\n", "")
    return clean if clean.isascii() else clean.encode("utf-8", "replace").decode("latin-1")


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise server_error("The function's body is no string")
    if result.get("isBase64Encoded") is not True:
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise server_error("The function's body is not Base64") from None
