"""Time-based one-time passwords (RFC 6238: SHA-1, 30 seconds, 6 digits), as authenticator apps make them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

_STEP_SECONDS = 30
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret to type into an authenticator app: base32 without padding."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().rstrip("=")


def code_at(secret: str, step: int) -> str:
    """The code of one step of 30 seconds since the epoch."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The step whose code this is: the one of `now` or its neighbours, because clocks drift; None for a wrong code."""
    current = int(now // _STEP_SECONDS)
    for step in (current, current - 1, current + 1):
        if code.isascii() and hmac.compare_digest(code_at(secret, step), code):
            return step
    return None
