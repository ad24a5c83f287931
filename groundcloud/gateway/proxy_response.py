"""What a function returned to a Lambda proxy integration, as an HTTP response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (output format).
What is no proxy response was recorded on AWS: an unknown key, a status that is no number, a header list that is no
list, a body that is no string answer 502; an empty object is a 200 with an empty body.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import bad_gateway, configuration_error
from groundcloud.gateway.event import is_binary
from groundcloud.http import Headers, Response

_KEYS = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))

_REMAPPED = frozenset(
    (
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "trailer",
        "upgrade",
        "user-agent",
        "www-authenticate",
        "x-amzn-requestid",
    )
)
"""Sent as ``x-amzn-Remapped-…``.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_DROPPED = frozenset(("keep-alive", "transfer-encoding", "x-amz-apigw-id", "x-amzn-trace-id"))
"""Hop-by-hop, or written by the gateway itself."""


def parse_proxy_response(payload: bytes, call: Call) -> Response:
    """The response that `payload` (the function's result as JSON) asks for. Raises `GatewayError`."""
    try:
        result = json.loads(payload)
    except (ValueError, RecursionError):
        raise bad_gateway() from None
    if not isinstance(result, dict) or not _KEYS.issuperset(result):
        raise bad_gateway()
    items = list(_headers(result)) if result.get("headers") or result.get("multiValueHeaders") else []
    if not (items and any(name.lower() == "content-type" for name, _ in items)):
        items.insert(0, ("Content-Type", "application/json"))
    return Response(_status(result.get("statusCode", 200)), Headers(items), _body(result, call))


def _status(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value <= 599:
        raise bad_gateway()
    return value


def _body(result: dict[str, Any], call: Call) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise bad_gateway()
    if result.get("isBase64Encoded") in (True, "true") and _client_takes_binary(call):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            raise configuration_error() from None
    return body.encode("utf-8", "surrogatepass")


def _client_takes_binary(call: Call) -> bool:
    """Base64 is undone only when the first media type of `Accept` is one the API declares binary.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html"""
    declared = call.stage.binary_media_types
    if not declared:
        return False
    return is_binary((call.request.headers.get("accept") or "").partition(",")[0] or None, declared)


def _headers(result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """`headers` and `multiValueHeaders` merged into one list; a pair that is in both is sent once."""
    single, multi = result.get("headers") or {}, result.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multi, dict):
        raise bad_gateway()
    repeated = []
    for name, values in multi.items():
        if not isinstance(values, list):
            raise bad_gateway()
        repeated += [(name, _header_value(value)) for value in values if value is not None]
    sent = {(name.lower(), value) for name, value in repeated}
    pairs = [(name, _header_value(value)) for name, value in single.items() if value is not None]
    for name, value in [pair for pair in pairs if (pair[0].lower(), pair[1]) not in sent] + repeated:
        if not _TOKEN.fullmatch(name):
            raise bad_gateway()
        sent_as = response_header(name)
        if sent_as:
            yield sent_as, value


def response_header(name: str) -> str | None:
    """The name under which an integration's header is sent to the client; None when it is not."""
    lowered = name.lower()
    if lowered in _DROPPED:
        return None
    return f"x-amzn-Remapped-{name}" if lowered in _REMAPPED else name


def _header_value(value: Any) -> str:
    if isinstance(value, str):
        # Line breaks would end the header: a proxy may not let a function write further ones that way.
        clean = value.replace("\r", "").replace("\n", "")
        return clean if clean.isascii() else clean.encode("utf-8", "replace").decode("latin-1")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise bad_gateway()
