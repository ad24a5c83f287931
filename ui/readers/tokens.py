"""What a token of Cognito says, and every reason for which a verifier would refuse it.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

Keys = Callable[[], dict[str, Any]]
"""The pool's JWKS: ``{"keys": [...]}``."""
SECONDS_OF_SKEW = 0


@dataclass(frozen=True)
class Decoded:
    """A token: header and claims as JSON ("" when it has none), and why it would be refused (nothing: it is good).
    `kind` is ``id``, ``access`` or "", `expires` epoch seconds."""

    header: str
    claims: str
    kind: str
    expires: float | None
    refusals: tuple[str, ...]


def decode(token: str, pool: str, issuer: str, clients: set[str], keys: Keys, now: float) -> Decoded:
    """Look at a token as an authorizer of that pool would, at `now` (epoch seconds)."""
    token = token.strip().removeprefix("Bearer ").strip()
    try:
        parts = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        return Decoded("", "", "", None, (f"It is no JSON Web Token: {error}.",))
    header, claims = parts["header"], parts["payload"]
    refusals = [
        *_of_signature(token, header, keys),
        *_of_times(claims, now),
        *_of_source(claims, pool, issuer, clients),
    ]
    expires = claims.get("exp")
    return Decoded(
        header=json.dumps(header, indent=2),
        claims=json.dumps(claims, indent=2),
        kind=str(claims.get("token_use", "")),
        expires=float(expires) if isinstance(expires, int | float) else None,
        refusals=tuple(refusals),
    )


def _of_signature(token: str, header: dict[str, Any], keys: Keys) -> list[str]:
    if header.get("alg") != "RS256":
        return [f"Its algorithm is {header.get('alg')}; Cognito signs by RS256."]
    known = {each["kid"]: each for each in keys().get("keys", [])}
    if header.get("kid") not in known:
        return [f"The pool has no key {header.get('kid')}: another pool signed it, or none."]
    key = jwt.PyJWK.from_dict(known[header["kid"]]).key
    lenient = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False}
    try:
        jwt.decode(token, key, algorithms=["RS256"], options=lenient)  # type: ignore[arg-type]
    except jwt.InvalidSignatureError:
        return ["Its signature is wrong: it was changed after it was signed."]
    except jwt.InvalidTokenError as error:
        return [f"It cannot be verified: {error}."]
    return []


def _of_times(claims: dict[str, Any], now: float) -> list[str]:
    refusals = []
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float):
        refusals.append("It has no exp: it would never expire.")
    elif expires <= now - SECONDS_OF_SKEW:
        refusals.append(f"It expired {_span(now - expires)} ago.")
    if isinstance(issued, int | float) and issued > now + 300:
        refusals.append(f"It was issued {_span(issued - now)} in the future: a clock is wrong.")
    return refusals


def _of_source(claims: dict[str, Any], pool: str, issuer: str, clients: set[str]) -> list[str]:
    refusals = []
    if claims.get("iss") != issuer:
        refusals.append(f"Its issuer is {claims.get('iss')}, not that of {pool}: {issuer}.")
    use = claims.get("token_use")
    if use not in ("id", "access"):
        refusals.append(f"Its token_use is {use}: neither id nor access.")
    client = claims.get("aud") if use == "id" else claims.get("client_id")
    if client not in clients:
        refusals.append(f"The pool has no app client {client}.")
    return refusals


def _span(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
