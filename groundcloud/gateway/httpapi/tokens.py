"""What a JWT must be to let a request in: pure checks.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html and, for the answers,
http-api-troubleshooting-jwt.html beside it: the wordings of a wrong audience and of an expired token are AWS's, the
others say in the same form what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.gateway.httpapi.errors import HttpApiError, forbidden, unauthorized

ALGORITHMS = ("RS256", "RS384", "RS512")
""" "API Gateway supports only RSA-based algorithms"."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself: good for finding the key, for nothing else."""

    key_id: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature, issuer and shape are right, and the key that says so."""

    issuer: str
    key_id: str
    key: Any
    claims: Mapping[str, Any]


def invalid(description: str, scopes: Iterable[str] = ()) -> HttpApiError:
    """401 for a token that is not good."""
    challenge = f'Bearer scope="{" ".join(scopes)}" error="invalid_token" error_description="{description}"'
    return unauthorized(description, challenge)


def missing() -> HttpApiError:
    """401 without a token."""
    return unauthorized("there is no token in the identity source", "Bearer")


def token_of(value: str | None) -> str:
    """The token in an identity source: bare, or after ``Bearer``. Raises `HttpApiError` when there is none."""
    text = (value or "").strip()
    scheme, _, rest = text.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else text
    if not token:
        raise missing()
    return token


def peek(raw: str) -> Unverified:
    """Which key and issuer a token names. Raises `HttpApiError` for what is no RSA-signed JWT."""
    import jwt

    try:
        header = jwt.get_unverified_header(raw)
        claims = jwt.decode(raw, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise invalid("the token is malformed") from None
    if header.get("alg") not in ALGORITHMS:
        raise invalid("the signing method is invalid")
    key_id, issuer = header.get("kid"), claims.get("iss")
    if not isinstance(key_id, str) or not isinstance(issuer, str):
        raise invalid("the token has no kid or no issuer")
    return Unverified(key_id, issuer)


def verify(raw: str, key: Any, named: Unverified) -> Token:
    """Check signature and shape with the issuer's public `key`. Raises `HttpApiError`."""
    import jwt

    # Times are checked at every use, by our own clock; the audience with the authorizer's.
    unchecked: Any = dict.fromkeys(("verify_aud", "verify_exp", "verify_iat", "verify_nbf", "verify_sub"), False)
    try:
        claims = jwt.decode(raw, key, algorithms=list(ALGORITHMS), options=unchecked)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise invalid("the signature is invalid") from None
    return Token(named.issuer, named.key_id, key, claims)


def admit(token: Token, audience: frozenset[str], scopes: tuple[str, ...], now: float) -> dict[str, Any]:
    """What an event has of a token that is let in: ``{"claims": …, "scopes": …}``. Raises `HttpApiError`."""
    claims = token.claims
    expires = _time(claims.get("exp"))
    if expires is None:
        raise invalid("the token has no expiry", scopes)
    if expires <= now:
        raise invalid("the token has expired", scopes)
    for name in ("nbf", "iat"):
        begins = _time(claims[name]) if name in claims else now
        if begins is None or begins > now + 1:
            raise invalid("the token is not valid yet", scopes)
    # "API Gateway validates client_id only if aud is not present."
    if audience.isdisjoint(_listed(claims["aud"] if "aud" in claims else claims.get("client_id"))):
        raise invalid("the token does not have a valid audience", scopes)
    own = _scopes(claims)
    if scopes and own.isdisjoint(scopes):
        challenge = (
            f'Bearer scope="{" ".join(scopes)}" error="insufficient_scope" '
            f'error_description="the token does not have a required scope"'
        )
        raise forbidden("the token does not have a required scope", challenge)
    shown = {name: _text(value) for name, value in claims.items() if value is not None}
    return {"claims": shown, "scopes": sorted(own) if scopes else None}


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    value = claims.get("scope", claims.get("scp"))
    return frozenset(value.split() if isinstance(value, str) else _listed(value))


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _time(value: Any) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if usable and abs(value) < 1e15 else None


def _text(value: Any) -> str:
    """Claims reach a function as text; a list as ``[a b]``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{' '.join(_text(item) for item in value)}]"
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if isinstance(value, dict) else str(value)
