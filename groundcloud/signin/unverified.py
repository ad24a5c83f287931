"""What a token says of itself, before anything was verified: it only decides where to ask."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any


def pool_id_of_token(token: str) -> str:
    """The pool that a token says it is from, unverified: it only decides where to ask. Empty for what is no JWT."""
    issuer = unverified_claims(token).get("iss")
    return issuer.rpartition("/")[2] if isinstance(issuer, str) else ""


def unverified_claims(token: str) -> dict[str, Any]:
    """What a JWT says, before anything was verified; empty for what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
