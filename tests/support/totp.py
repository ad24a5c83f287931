"""What an authenticator app shows."""

from __future__ import annotations

import base64
import hashlib
import hmac


def totp(secret: str, now: float) -> str:
    """The code at `now` (RFC 6238: SHA-1, 30 seconds, 6 digits)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int(now // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"
