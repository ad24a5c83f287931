"""Text or binary: what a payload becomes on its way to an integration and back.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html: the two tables
there are `to_integration` and `to_client`. A payload is binary when its media type is among the API's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.event import is_binary

TO_BINARY = "CONVERT_TO_BINARY"
TO_TEXT = "CONVERT_TO_TEXT"

_TEXT_TYPE = "text/plain"


def to_integration(
    body: bytes, content_type: str | None, binary_types: Iterable[str], handling: str | None
) -> str | bytes:
    """The integration's request payload: a string, which templates may read, or bytes, which they may not."""
    if binary_types and is_binary(content_type, binary_types):
        return base64.b64encode(body).decode("ascii") if handling == TO_TEXT else body
    return decoded(body) if handling == TO_BINARY else body.decode("utf-8", "replace")


def as_text(body: bytes, content_type: str | None, binary_types: Iterable[str]) -> str:
    """An integration's answer as templates and body mappings read it: Base64 when it is binary."""
    if binary_types and is_binary(content_type, binary_types):
        return base64.b64encode(body).decode("ascii")
    return body.decode("utf-8", "replace")


def to_client(
    body: bytes, content_type: str | None, accept: str | None, binary_types: Iterable[str], handling: str | None
) -> bytes:
    """The method's response payload, for an answer of `content_type` and a client that asks for `accept`."""
    if not binary_types:
        return decoded(body) if handling == TO_BINARY else body
    wants_binary = is_binary((accept or "").partition(",")[0].strip() or _TEXT_TYPE, binary_types)
    if is_binary(content_type, binary_types):
        as_base64 = handling == TO_TEXT or (handling is None and not wants_binary)
        return base64.b64encode(body) if as_base64 else body
    return decoded(body) if handling == TO_BINARY or (handling is None and wants_binary) else body


def decoded(body: bytes) -> bytes:
    """The bytes that Base64 stands for. Raises `GatewayError`: AWS's log says "Unable to base64 decode the body"."""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise configuration_error() from error
