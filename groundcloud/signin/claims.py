"""What tokens say: pure functions.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html and
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from groundcloud.signin.directory import Client, Group, Pool, User

API_SCOPE = "aws.cognito.signin.user.admin"
"""The scope of sign-ins by API: the user's own operations. OAuth grants have it only when they ask for it."""

_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_DEFAULTS = {"AccessToken": (1, "hours"), "IdToken": (1, "hours"), "RefreshToken": (30, "days")}
_BOOLEANS = ("email_verified", "phone_number_verified")
_OF_THE_POOL = frozenset(
    ("acr", "amr", "at_hash", "auth_time", "azp", "exp", "iat", "iss", "jti", "nbf", "nonce", "origin_jti", "sub")
) | frozenset(("token_use", "version", "cognito:username", "username", "client_id", "aud", "event_id", "device_key"))
"""Claims that a function cannot change (user-pool-lambda-pre-token-generation.html, "Claims that can't be
modified"); further ones of the id token are `identities`."""


@dataclass(frozen=True)
class Sitting:
    """One sign-in: what its tokens have in common. `auth_time` is in epoch seconds."""

    auth_time: int
    origin: str
    event: str
    scope: str = API_SCOPE
    nonce: str = ""


@dataclass(frozen=True)
class GroupClaims:
    """``cognito:groups``, ``cognito:roles`` and ``cognito:preferred_role``."""

    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    preferred: str = ""

    def overridden(self, details: object) -> GroupClaims:
        """By a function's ``groupOverrideDetails``: what it leaves out is left out of the token."""
        if not isinstance(details, dict):
            return self
        return GroupClaims(
            tuple(_strings(details.get("groupsToOverride"))),
            tuple(_strings(details.get("iamRolesToOverride"))),
            str(details.get("preferredRole") or ""),
        )


def group_claims(groups: Iterable[Group]) -> GroupClaims:
    """The preferred role is that of the group with the lowest precedence; two such groups with different roles leave
    none (cognito-user-pools-user-groups.html, "Assigning precedence values to groups")."""
    listed = list(groups)
    roles = tuple(dict.fromkeys(group.role for group in listed if group.role))
    first = [group for group in listed if group.precedence is not None and group.precedence == listed[0].precedence]
    preferred = {group.role for group in first}
    chosen = preferred.pop() if len(preferred) == 1 else ""
    return GroupClaims(tuple(group.name for group in listed), roles, chosen)


@dataclass(frozen=True)
class Overrides:
    """What a pre token generation function wants of one token."""

    add: dict[str, Any] = field(default_factory=dict)
    suppress: frozenset[str] = frozenset()
    scopes_add: tuple[str, ...] = ()
    scopes_suppress: frozenset[str] = frozenset()

    @staticmethod
    def read(details: object) -> Overrides:
        if not isinstance(details, dict):
            return Overrides()
        add = details.get("claimsToAddOrOverride")
        return Overrides(
            dict(add) if isinstance(add, dict) else {},
            frozenset(_strings(details.get("claimsToSuppress"))),
            tuple(_strings(details.get("scopesToAdd"))),
            frozenset(_strings(details.get("scopesToSuppress"))),
        )

    def applied(self, claims: dict[str, Any]) -> dict[str, Any]:
        changed = {name: value for name, value in self.add.items() if name not in _OF_THE_POOL}
        kept = {**claims, **{name: value for name, value in changed.items() if value is not None}}
        return {name: value for name, value in kept.items() if name not in self.suppress or name in _OF_THE_POOL}

    def scopes(self, granted: str) -> str:
        kept = [scope for scope in granted.split() if scope not in self.scopes_suppress]
        return " ".join(dict.fromkeys([*kept, *self.scopes_add]))


def validity(client: Client, token: str) -> int:
    """Seconds that ``AccessToken``, ``IdToken`` or ``RefreshToken`` is good for."""
    number, unit = _DEFAULTS[token]
    unit = (client.settings.get("TokenValidityUnits") or {}).get(token) or unit
    return int(client.settings.get(f"{token}Validity") or number) * _UNIT_SECONDS[unit]


def id_claims(pool: Pool, client: Client, user: User, groups: GroupClaims, sitting: Sitting) -> dict[str, Any]:
    """All but what `stamped` adds."""
    claims = readable_attributes(client, user)
    claims["cognito:username"] = user.username
    if groups.groups:
        claims["cognito:groups"] = list(groups.groups)
    if groups.roles:
        claims["cognito:roles"] = list(groups.roles)
    if groups.preferred:
        claims["cognito:preferred_role"] = groups.preferred
    if sitting.nonce:
        claims["nonce"] = sitting.nonce
    return {**claims, "sub": user.sub, "aud": client.id, **_common(pool, client, sitting, "id")}


def access_claims(pool: Pool, client: Client, user: User, groups: GroupClaims, sitting: Sitting) -> dict[str, Any]:
    """All but what `stamped` adds."""
    claims: dict[str, Any] = {"sub": user.sub}
    if groups.groups:
        claims["cognito:groups"] = list(groups.groups)
    claims |= {"client_id": client.id, "username": user.username, "scope": sitting.scope}
    if sitting.scope != API_SCOPE:
        claims["version"] = 2
    return {**claims, **_common(pool, client, sitting, "access")}


def client_claims(pool: Pool, client: Client, scope: str, now: int) -> dict[str, Any]:
    """Of a client that signed in for itself, without a user."""
    said = {"sub": client.id, "client_id": client.id, "scope": scope, "version": 2}
    return {**said, "iss": pool.issuer, "token_use": "access", "auth_time": now}


def stamped(claims: dict[str, Any], client: Client, token: str, now: int, token_id: str) -> dict[str, Any]:
    """With the token's own times and id. `token` as in `validity`."""
    times = {"iat": now, "exp": now + validity(client, token)}
    return {**claims, **times, "jti": token_id} if client.revokes else {**claims, **times}


def readable_attributes(client: Client, user: User) -> dict[str, Any]:
    """The attributes that this client may read, as an id token shows them."""
    readable = client.settings.get("ReadAttributes") or []
    shown: dict[str, Any] = {}
    for name, value in user.attributes.items():
        if name == "sub" or (readable and name not in readable and name != "identities"):
            continue
        shown[name] = value == "true" if name in _BOOLEANS else value
    if "address" in shown:
        shown["address"] = {"formatted": shown["address"]}
    if "identities" in shown:
        shown["identities"] = json.loads(shown["identities"])
    return shown


def with_scope(sitting: Sitting, scope: str) -> Sitting:
    return replace(sitting, scope=scope)


def _common(pool: Pool, client: Client, sitting: Sitting, use: str) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": pool.issuer,
        "token_use": use,
        "auth_time": sitting.auth_time,
        "event_id": sitting.event,
    }
    if client.revokes:
        claims["origin_jti"] = sitting.origin
    return claims


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
