"""Proof Key for Code Exchange, the way Cognito takes it: S256 and nothing else.

https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from groundcloud.signin.hosted import limits

METHOD = "S256"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(rf"[A-Za-z0-9._~-]{{{limits.MIN_VERIFIER},{limits.MAX_VERIFIER}}}")


def is_acceptable(challenge: str, method: str) -> bool:
    """Whether an authorization request may carry these two; both empty means without PKCE."""
    if not challenge and not method:
        return True
    return method == METHOD and _CHALLENGE.fullmatch(challenge) is not None


def is_proven(challenge: str, verifier: str) -> bool:
    """Whether `verifier` belongs to `challenge`. Without a challenge there must be no verifier either: a code that was
    asked for without one was perhaps asked for by somebody else (RFC 9700, section 2.1.1)."""
    if not challenge or not verifier:
        return not challenge and not verifier
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).decode().rstrip("="), challenge)
