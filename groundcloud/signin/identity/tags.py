"""Attributes for access control: claims of a user that become tags of the session (``aws:PrincipalTag/…``): pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEFAULTS = {"username": "sub", "client": "aud"}
"""The default mappings of a user pool: tag name to claim."""

_MAX_VALUE = 256


def principal_tags(tag_map: Mapping[str, Any] | None, claims: Mapping[str, Any]) -> dict[str, str]:
    """Tags by name; a claim that the token lacks makes no tag. Raises nothing: what does not fit is left out."""
    if tag_map is None:
        return {}
    wanted = _DEFAULTS if tag_map.get("UseDefaults") else tag_map.get("PrincipalTags") or {}
    tags = {name: _text(claims.get(claim)) for name, claim in wanted.items()}
    return {name: value for name, value in tags.items() if value and len(value) <= _MAX_VALUE}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
