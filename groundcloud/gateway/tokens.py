"""What a Cognito user pool's token must be, to let a request in: pure checks.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
and https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
As on AWS, a revoked token is let in until it expires: the authorizer only verifies, it does not ask the pool.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.gateway.errors import GatewayError, unauthorized
from groundcloud.gateway.model import Authorizer

ALGORITHM = "RS256"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself before its signature was checked: good for finding the key, for nothing else."""

    key_id: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature, issuer and shape are right. `key` is what its signature was checked with; `expires` and
    `not_before` in epoch seconds; `shown` are the claims as a function's event has them; `audience` is the client's
    id."""

    issuer: str
    key_id: str
    key: Any
    use: str
    scopes: frozenset[str]
    audience: str
    expires: float
    shown: Mapping[str, str]
    not_before: float = 0.0


def token_of(header: str | None) -> str:
    """The token in a header's value: bare, or after ``Bearer``. Raises `GatewayError` (401) when there is none."""
    value = (header or "").strip()
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        value = rest.strip()
    if not value:
        raise unauthorized()
    return value


def peek(token: str) -> Unverified:
    """Which key and issuer a token names. Raises `GatewayError` (401) for what is not an RS256 token."""
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise unauthorized() from None
    key_id, issuer = header.get("kid"), claims.get("iss")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str) or not isinstance(issuer, str):
        raise unauthorized()
    return Unverified(key_id, issuer)


def verify(token: str, key: Any, named: Unverified) -> Verified:
    """Check signature and shape with the public `key` of the pool `named`. Raises `GatewayError` (401)."""
    import jwt

    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=named.issuer,
            # Time is checked at every use, by our own clock; API Gateway does not check the client.
            options={
                "require": ["exp", "iss", "sub", "token_use"],
                "verify_aud": False,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        expires = float(claims["exp"])
        not_before = float(claims.get("nbf") or 0)
        shown = shown_claims(claims)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise unauthorized() from None
    return Verified(
        issuer=named.issuer,
        key_id=named.key_id,
        key=key,
        use=str(claims["token_use"]),
        scopes=frozenset(str(claims.get("scope") or "").split()),
        audience=str(claims.get("aud") or claims.get("client_id") or ""),
        expires=expires,
        shown=shown,
        not_before=not_before,
    )


def admit(token: Verified, authorizer: Authorizer, scopes: frozenset[str], now: float) -> None:
    """Let a verified token in, or raise `GatewayError` (401).

    A method without scopes takes id tokens, one with scopes takes access tokens that have at least one of them.
    """
    if token.issuer not in authorizer.pools:
        raise unauthorized()
    if token.expires <= now:
        raise GatewayError("UNAUTHORIZED", "The incoming token has expired")
    if token.not_before > now:
        raise unauthorized()
    if token.use != ("access" if scopes else "id"):
        raise unauthorized()
    if scopes and scopes.isdisjoint(token.scopes):
        raise unauthorized()
    if authorizer.validation and not _fits(authorizer.validation, token.audience):
        raise unauthorized()


def _fits(expression: str, audience: str) -> bool:
    """AWS matches a COGNITO_USER_POOLS authorizer's validation expression against the token's `aud`."""
    try:
        return re.fullmatch(expression, audience) is not None
    except re.error as error:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", None) from error


def shown_claims(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims as `requestContext.authorizer.claims` has them: all strings; `exp` and `iat` as dates, lists joined by
    commas. As in events recorded on AWS."""
    shown = {}
    for name, value in claims.items():
        if value is None:
            continue
        if name in ("exp", "iat") and isinstance(value, int | float):
            shown[name] = _date(value)
        elif isinstance(value, list):
            shown[name] = ",".join(_text(item) for item in value)
        else:
            shown[name] = _text(value)
    return shown


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def _date(epoch: float) -> str:
    """Java's `Date.toString()` in UTC, for instance ``Sat Nov 21 08:00:00 UTC 2026``."""
    at = time.gmtime(epoch)
    clock = f"{at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d}"
    return f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon - 1]} {at.tm_mday:02d} {clock} UTC {at.tm_year}"
