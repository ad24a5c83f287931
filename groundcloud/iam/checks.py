"""What is to be decided about a call: actions on resources, with the condition keys of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.ports import Scope


@dataclass(frozen=True)
class Check:
    """One action on one resource. `context` holds condition keys of this resource only; `account` the owner's, ""
    for the caller's own."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    account: str = ""


@dataclass(frozen=True)
class Place:
    """Where a name without an ARN is: partition, region and account."""

    scope: Scope

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.scope.region}:{self.scope.account}:{rest}"

    def global_arn(self, service: str, rest: str) -> str:
        """An ARN without a region (IAM)."""
        return f"arn:aws:{service}::{self.scope.account}:{rest}"


def account_of_arn(arn: str) -> str:
    """The account in an ARN, or ""."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdecimal() else ""


def text(params: Mapping[str, Any], *names: str) -> str:
    """The first of `names` that is a non-empty string among the parameters."""
    for name in names:
        value = params.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list that should hold objects."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
