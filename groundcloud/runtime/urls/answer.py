"""What a function URL makes of what the function returned: pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from groundcloud.http import Headers, Response

PRELUDE_END = b"\x00" * 8
"""Ends the JSON before a streamed body, as `awslambda.HttpResponseStream.from` writes it."""

STREAM_TYPE = "application/vnd.awslambda.http-integration-response"

_FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
_NOT_THE_FUNCTIONS = ("content-length", "transfer-encoding", "connection", "x-amzn-requestid", "x-amzn-trace-id")


class _MalformedError(Exception):
    """The function returned what is no response."""


def answer(payload: bytes, *, failed: bool) -> Response:
    """The response of a call that ended; 502 for an error of the function and for a response that is none."""
    if failed:
        return bad_gateway()
    try:
        value = json.loads(payload) if payload else None
    except ValueError:
        return _streamed(payload)
    try:
        return _inferred(value)
    except (ValueError, _MalformedError):
        return bad_gateway()


def bad_gateway() -> Response:
    """The function failed; what it said is in its log only."""
    return message(502, "Internal Server Error")


def forbidden() -> Response:
    return _with_type(Response.json(403, json.dumps({"Message": _FORBIDDEN})), "AccessDeniedException")


def not_found() -> Response:
    return Response.json(404, json.dumps({"Message": None}))


def throttled() -> Response:
    return _with_type(
        Response.json(429, json.dumps({"Reason": "ConcurrentInvocationLimitExceeded", "Type": "User"})),
        "TooManyRequestsException",
    )


def too_large() -> Response:
    return _with_type(message(413, "Request must be smaller than 6291456 bytes"), "RequestEntityTooLargeException")


def message(status: int, text: str) -> Response:
    return Response.json(status, json.dumps({"Message": text}))


def _with_type(response: Response, error: str) -> Response:
    response.headers.add("x-amzn-ErrorType", error)
    return response


def _inferred(value: Any) -> Response:
    """With a ``statusCode`` it is a response; anything else is the body of a 200 in JSON."""
    if not isinstance(value, dict) or "statusCode" not in value:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return Response.json(200, text)
    response = from_prelude(value, "application/json")
    response.body = _body(value)
    return response


def from_prelude(value: dict[str, Any], content_type: str) -> Response:
    """Status, headers and cookies of a response without its body. Raises `ValueError` for what is none."""
    try:
        status = int(value.get("statusCode", 200))
        given = {str(name).lower(): (str(name), item) for name, item in (value.get("headers") or {}).items()}
        cookies = [str(cookie) for cookie in value.get("cookies") or ()]
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    if not 200 <= status <= 599:
        raise ValueError(f"{status} is no status")
    headers = [("Content-Type", content_type)] if "content-type" not in given else []
    headers += [(name, _text(item)) for lower, (name, item) in given.items() if lower not in _NOT_THE_FUNCTIONS]
    headers += [("Set-Cookie", cookie) for cookie in cookies]
    return Response(status, Headers(headers))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _body(value: dict[str, Any]) -> bytes:
    body = value.get("body")
    if body is None:
        return b""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if not value.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise _MalformedError("the body is not Base64") from error


def _streamed(payload: bytes) -> Response:
    """What a streaming handler wrote, whole: prelude, eight zero bytes, body; or the body alone."""
    prelude, end, body = payload.partition(PRELUDE_END)
    try:
        value = json.loads(prelude) if end else None
        if isinstance(value, dict):
            response = from_prelude(value, "application/octet-stream")
            response.body = body
            return response
    except ValueError:
        return bad_gateway()
    return Response(200, Headers([("Content-Type", "application/octet-stream")]), payload)
