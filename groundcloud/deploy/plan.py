"""The plan of a deployment as data, so that it can be shown, tested and dropped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One resource. `action` is Add, Modify, Remove, Import or Dynamic; `replacement` True, False or Conditional, or ""
    where it does not apply."""

    action: str
    logical_id: str
    type: str
    replacement: str = ""


@dataclass(frozen=True)
class Plan:
    """A change set that is ready to run. `kind` is CREATE or UPDATE; `stack_is_new` says that dropping the plan must
    drop the empty stack too, which CloudFormation makes for it."""

    stack_name: str
    stack_id: str
    change_set_id: str
    kind: str
    changes: tuple[Change, ...]

    @property
    def stack_is_new(self) -> bool:
        return self.kind == "CREATE"

    @property
    def replaces(self) -> tuple[Change, ...]:
        """Changes that may lose what a resource holds."""
        return tuple(
            change
            for change in self.changes
            if change.action == "Remove" or change.replacement in ("True", "Conditional")
        )

    def summary(self) -> str:
        """For instance ``3 to add, 1 to change, 1 to remove``; outputs alone may change too."""
        words = {"Add": "add", "Modify": "change", "Remove": "remove", "Import": "import", "Dynamic": "maybe change"}
        counted = Counter(words.get(change.action, change.action.lower()) for change in self.changes)
        return ", ".join(f"{count} to {word}" for word, count in counted.items()) or "only outputs change"


def changes_from(items: list[dict[str, Any]]) -> tuple[Change, ...]:
    """CloudFormation's `Changes` as ours, sorted for reading: by action, then name."""
    found = []
    for item in items:
        resource = item.get("ResourceChange")
        if resource:
            found.append(
                Change(
                    resource["Action"],
                    resource["LogicalResourceId"],
                    resource["ResourceType"],
                    resource.get("Replacement", ""),
                )
            )
    return tuple(sorted(found, key=lambda change: (change.action, change.logical_id)))
