"""The resources of a call by the reference's ARN templates: for every service that has no rule of its own.

A parameter that is an ARN of one of the action's resource types is the resource; else the template of a type is filled
with parameters of the placeholders' names, those types first that the action must name. What fits nowhere is ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from groundcloud.iam.actiontable import service_actions
from groundcloud.ports import Scope

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_OF_SCOPE = ("Partition", "Region", "Account")
_ENDINGS = ("Name", "Id", "Identifier", "WithPath")


def generic_resources(action: str, params: dict[str, Any], scope: Scope) -> list[str]:
    """ARNs; ``["*"]`` when the action knows no resources or the call names none."""
    prefix, _, name = action.partition(":")
    table = service_actions(prefix)
    info = table.find(name)
    if info is None:
        return ["*"]
    templates = [table.arns[kind] for kind in info.types if kind in table.arns]
    given = [value for value in _strings(params) if value.startswith("arn:")]
    for template in templates:
        found = [arn for arn in given if _pattern(template).fullmatch(arn)]
        if found:
            return found
    for template in templates:
        filled = _filled(template, params, scope)
        if filled:
            return filled
    return ["*"]


def _strings(params: dict[str, Any]) -> Iterator[str]:
    for value in params.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pieces = _PLACEHOLDER.split(template)
    expression = "".join(re.escape(piece) if index % 2 == 0 else ".*" for index, piece in enumerate(pieces))
    return re.compile(expression)


def _filled(template: str, params: dict[str, Any], scope: Scope) -> list[str]:
    """One ARN, or one for each item where a parameter is a list (InstanceIds)."""
    lower = {name.lower(): value for name, value in params.items()}
    arns = [template]
    for name in _PLACEHOLDER.findall(template):
        values = [_of_scope(name, scope)] if name in _OF_SCOPE else _values(name, lower)
        if not values:
            return []
        arns = [arn.replace(f"${{{name}}}", value, 1) for arn in arns for value in values]
    # A literal resource (`*`, or one without names of its own) says nothing that "*" would not.
    return arns


def _of_scope(name: str, scope: Scope) -> str:
    return {"Partition": "aws", "Region": scope.region, "Account": scope.account}[name]


def _values(placeholder: str, params: dict[str, Any]) -> list[str]:
    for name in _spellings(placeholder.lower()):
        value = params.get(name)
        if isinstance(value, str) and value and not value.startswith("arn:"):
            return [value]
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return list(value)
    return []


@cache
def _spellings(placeholder: str) -> tuple[str, ...]:
    stem = placeholder
    for ending in _ENDINGS:
        stem = stem.removesuffix(ending.lower()) or stem
    names = [placeholder, *(stem + ending.lower() for ending in _ENDINGS), stem]
    return tuple(dict.fromkeys([*names, *(f"{name}s" for name in names)]))
