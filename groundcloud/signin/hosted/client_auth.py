"""How programs call the OAuth endpoints: a form, and an app client that shows who it is.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html: client_secret_basic or
client_secret_post.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import parse_qsl, unquote

from groundcloud.http import Request
from groundcloud.signin.directory import Pool
from groundcloud.signin.hosted import limits
from groundcloud.signin.hosted.app_client import AppClient, Registry
from groundcloud.signin.hosted.errors import OAuthError

FORM_TYPE = "application/x-www-form-urlencoded"


def form_pairs(request: Request) -> list[tuple[str, str]]:
    """The fields of a form. Raises `OAuthError` for a body that is none or too large."""
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE or len(request.body) > limits.MAX_FORM_BYTES:
        raise OAuthError("invalid_request")
    try:
        return parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=limits.MAX_FORM_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request") from None


def form_of(request: Request) -> dict[str, str]:
    """The fields of a program's form. Raises `OAuthError` also when a field is there twice (RFC 6749, section 3.2)."""
    pairs = form_pairs(request)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise OAuthError("invalid_request")
    return fields


async def authenticated(registry: Registry, request: Request, form: dict[str, str], pool: Pool | None) -> AppClient:
    """The app client that sent the form. Raises `OAuthError` (invalid_client)."""
    client_id, secret = _credentials(request, form)
    client = await registry.client(client_id, pool) if client_id else None
    if client is None:
        raise OAuthError("invalid_client")
    if not hmac.compare_digest(secret.encode(), client.secret.encode()):
        raise OAuthError("invalid_client", "invalid_client_secret")
    return client


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Client id and secret, from one place only: a client that shows itself twice is refused (RFC 6749, 2.3)."""
    scheme, _, encoded = (request.headers.get("authorization") or "").strip().partition(" ")
    if not scheme:
        return form.get("client_id", ""), form.get("client_secret", "")
    if scheme.lower() != "basic" or "client_secret" in form:
        raise OAuthError("invalid_client")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError("invalid_client") from None
    client_id = unquote(name)
    if not colon or form.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_client")
    return client_id, unquote(secret)
