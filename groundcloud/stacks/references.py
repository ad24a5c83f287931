"""Which resources a resource names: by `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SUBSTITUTION = re.compile(r"\$\{([^!}][^}]*)\}")


def references(resource: dict[str, Any]) -> set[str]:
    """The names that `resource` depends on (parameters and pseudo parameters among them)."""
    declared = resource.get("DependsOn") or []
    names = {declared} if isinstance(declared, str) else {name for name in declared if isinstance(name, str)}
    return names | set(_named(resource.get("Properties")))


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _named(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield from _attribute(value)
            elif key == "Fn::Sub":
                yield from _substituted(value)
            else:
                yield from _named(value)


def _attribute(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.partition(".")[0]
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield value[0]


def _substituted(value: Any) -> Iterator[str]:
    text, extra = value if isinstance(value, list) and len(value) == 2 else (value, {})
    yield from _named(extra)
    if isinstance(text, str):
        for name in _SUBSTITUTION.findall(text):
            if not isinstance(extra, dict) or name not in extra:
                yield name.partition(".")[0]
