"""What SetIdentityPoolRoles takes: pure checks.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html and API_RoleMapping.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.signin.errors import invalid_parameter
from groundcloud.signin.identity.limits import MAX_ROLE_MAPPINGS, MAX_RULES

_KINDS = ("authenticated", "unauthenticated")
_TYPES = ("Token", "Rules")
_RESOLUTIONS = ("AuthenticatedRole", "Deny")
_MATCHES = ("Equals", "Contains", "StartsWith", "NotEqual")
_OF_A_RULE = ("Claim", "MatchType", "RoleARN", "Value")


def check(roles: object, mappings: object) -> None:
    """Raises `AwsError` (InvalidParameterException) that names what is wrong."""
    for kind in roles if isinstance(roles, dict) else {}:
        if kind not in _KINDS:
            raise invalid_parameter(f"Roles are {' and '.join(_KINDS)}, not '{kind}'.")
    if not isinstance(mappings, dict):
        return
    if len(mappings) > MAX_ROLE_MAPPINGS:
        raise invalid_parameter(f"RoleMappings has at most {MAX_ROLE_MAPPINGS} providers.")
    for provider, mapping in mappings.items():
        fault = _fault(mapping if isinstance(mapping, dict) else {})
        if fault:
            raise invalid_parameter(f"The role mapping of '{provider}' {fault}.")


def _fault(mapping: Mapping[str, Any]) -> str:
    if mapping.get("Type") not in _TYPES:
        return f"needs a Type: {' or '.join(_TYPES)}"
    if mapping.get("AmbiguousRoleResolution") not in _RESOLUTIONS:
        return f"needs AmbiguousRoleResolution: {' or '.join(_RESOLUTIONS)}"
    if mapping["Type"] == "Token":
        return ""
    rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or []
    if not 1 <= len(rules) <= MAX_RULES:
        return f"needs between 1 and {MAX_RULES} Rules"
    if any(not rule.get(name) for rule in rules for name in _OF_A_RULE):
        return f"needs {', '.join(_OF_A_RULE)} in each rule"
    wrong = [rule["MatchType"] for rule in rules if rule["MatchType"] not in _MATCHES]
    return f"has a rule of MatchType '{wrong[0]}'" if wrong else ""
