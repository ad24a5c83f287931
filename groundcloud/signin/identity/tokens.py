"""Tokens of identity providers: what one says, and whether its provider signed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.ports import TokenKeys
from groundcloud.signin.identity.issuer import ALGORITHM, ISSUER, OpenIdIssuer

TAGS_CLAIM = "https://aws.amazon.com/tags"
"""The claim that carries session tags
(docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html, "Passing session tags using AssumeRoleWithWebIdentity").
"""


@dataclass(frozen=True)
class Token:
    """A JSON Web Token as it reads, verified or not."""

    text: str
    key_id: str
    claims: Mapping[str, Any]

    def claim(self, name: str) -> str:
        """A claim that is a text, or ""."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""

    @property
    def audience(self) -> str:
        """The audience; of several the first."""
        value = self.claims.get("aud")
        if isinstance(value, list):
            value = next(iter(value), None)
        return value if isinstance(value, str) else ""

    @property
    def expires(self) -> float:
        value = self.claims.get("exp")
        return float(value) if isinstance(value, int | float) else 0.0


def read(text: object) -> Token | None:
    """None for what is no JSON Web Token."""
    if not isinstance(text, str):
        return None
    import jwt

    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    key_id = header.get("kid")
    return Token(text, key_id if isinstance(key_id, str) else "", claims)


class Verifier:
    """Checks signatures with the keys of the issuer that a token names."""

    def __init__(self, keys: TokenKeys, own: OpenIdIssuer) -> None:
        self._keys = keys
        self._own = own

    async def is_signed(self, token: Token) -> bool:
        """Raises `AwsError` (InvalidIdentityToken) when the issuer cannot be asked for its keys."""
        import jwt

        issuer = token.claim("iss")
        key = self._own.find(token.key_id) if issuer == ISSUER else await self._keys.find(issuer, token.key_id)
        if key is None:
            return False
        try:
            # Only the signature: what the claims must be differs from one use to the next.
            jwt.PyJWS().decode(token.text, key, algorithms=[ALGORITHM])
        except (jwt.PyJWTError, ValueError, TypeError):
            return False
        return True
