"""Which role a signed-in user gets: pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.signin.identity import errors

PREFERRED_ROLE = "cognito:preferred_role"
ROLES = "cognito:roles"

_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda claimed, wanted: claimed == wanted,
    "Contains": lambda claimed, wanted: wanted in claimed,
    "StartsWith": lambda claimed, wanted: claimed.startswith(wanted),
}


def role_of(mapping: Mapping[str, Any] | None, claims: Mapping[str, Any], custom_role: str, default: str | None) -> str:
    """The ARN of the role. `mapping` is that of the user's provider, `default` the pool's authenticated role,
    `custom_role` the CustomRoleArn of the request or "".

    Raises `AwsError`: NotAuthorizedException when the mapping denies, InvalidIdentityPoolConfigurationException when
    the pool has no role for the user.
    """
    found = None
    if mapping is not None:
        offered = _offered(mapping, claims)
        if custom_role:
            if custom_role not in offered:
                raise errors.role_denied("CustomRoleArn is none of the roles of the token.")
            return custom_role
        found = _chosen(mapping, claims, offered)
        if found is None and mapping.get("AmbiguousRoleResolution") == "Deny":
            raise errors.role_denied("no single role fits the token.")
    elif custom_role:
        raise errors.role_denied("CustomRoleArn needs a role mapping for the provider.")
    role = found or default
    if not role:
        raise errors.no_such_role()
    return role


def _offered(mapping: Mapping[str, Any], claims: Mapping[str, Any]) -> list[str]:
    """Every role that the mapping would let the user have, the one to take first."""
    if mapping.get("Type") == "Rules":
        rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or []
        return [rule["RoleARN"] for rule in rules if _fits(rule, claims)]
    preferred = claims.get(PREFERRED_ROLE)
    return [*([preferred] if isinstance(preferred, str) else []), *_texts(claims.get(ROLES))]


def _chosen(mapping: Mapping[str, Any], claims: Mapping[str, Any], offered: list[str]) -> str | None:
    """The first rule that fits decides; of a token's roles the preferred one, or the only one."""
    if mapping.get("Type") == "Rules" or PREFERRED_ROLE in claims:
        return offered[0] if offered else None
    return offered[0] if len(offered) == 1 else None


def _fits(rule: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """A claim of several values fits when one of them does; an absent one fits no rule."""
    claimed = _texts(claims.get(rule["Claim"]))
    if not claimed:
        return False
    if rule["MatchType"] == "NotEqual":
        return rule["Value"] not in claimed
    matches = _MATCHES[rule["MatchType"]]
    return any(matches(one, rule["Value"]) for one in claimed)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
