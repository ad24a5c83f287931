"""What is to be decided about a call: actions on resources, with the condition keys of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from groundcloud.ports import Scope

Keys = Mapping[str, tuple[str, ...]]
_NONE: Keys = MappingProxyType({})


class Later(Keys):
    """Condition keys that are worked out when somebody looks at them: a decision that is remembered needs none."""

    def __init__(self, make: Callable[[], Keys]) -> None:
        self._make = make
        self._made: Keys | None = None

    def _keys(self) -> Keys:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._keys()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())


class Check(NamedTuple):
    """One action on one resource. `context` holds condition keys of this resource only; `account` the owner's, ""
    for the caller's own."""

    action: str
    resource: str
    context: Keys = _NONE
    account: str = ""


class Place(NamedTuple):
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
