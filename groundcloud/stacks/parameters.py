"""What AWS refuses about a call's parameters, in CloudFormation's words; patterns and bounds are the engine's to check.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import template_format_error, validation_error
from groundcloud.stacks.parse import Template

_TYPES = frozenset({"String", "Number", "List<Number>", "CommaDelimitedList"})
_TYPES_OF_AWS = ("AWS::", "List<AWS::", "List<String>")


def parameter_problem(template: Template, given: Mapping[str, str], named: Collection[str]) -> AwsError | None:
    """The first thing wrong, or None. `given` are values by name, `named` all that the call names, those of
    ``UsePreviousValue`` among them."""
    section = template.get("Parameters")
    definitions: dict[str, Any] = section if isinstance(section, dict) else {}
    return (
        _malformed(definitions)
        or _listed("do not exist in the template", [name for name in named if name not in definitions])
        or _listed(
            "must have values",
            [name for name, spec in definitions.items() if name not in named and "Default" not in spec],
        )
        or _refused_value(definitions, given)
    )


def _malformed(definitions: Mapping[str, Any]) -> AwsError | None:
    for spec in definitions.values():
        if not isinstance(spec, dict) or "Type" not in spec:
            return template_format_error("Every Parameters object must contain a Type member.")
        kind = str(spec["Type"])
        if kind not in _TYPES and not kind.startswith(_TYPES_OF_AWS):
            return template_format_error(f"Unrecognized parameter type: {kind}")
    return None


def _listed(what: str, names: list[str]) -> AwsError | None:
    return validation_error(f"Parameters: [{', '.join(names)}] {what}") if names else None


def _refused_value(definitions: Mapping[str, Any], given: Mapping[str, str]) -> AwsError | None:
    for name, value in given.items():
        spec, reason = definitions[name], None
        allowed = spec.get("AllowedValues")
        if isinstance(allowed, list) and not set(_items(spec["Type"], value)) <= {_text(item) for item in allowed}:
            reason = "must be one of AllowedValues"
        elif spec["Type"] in ("Number", "List<Number>") and not all(map(_is_number, _items(spec["Type"], value))):
            reason = "must be a number"
        if reason is None:
            continue
        described = spec.get("ConstraintDescription")
        if described:
            return validation_error(f"Parameter {name} failed to satisfy constraint: {described}")
        return validation_error(f"Parameter '{name}' {reason}")
    return None


def engine_parameters(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The section as the engine reads it: it compares ``True`` with the text ``true``, and a list as a whole with the
    values allowed to its members (which are checked here)."""
    return {name: _engine_parameter(spec) for name, spec in definitions.items()}


def _engine_parameter(spec: dict[str, Any]) -> dict[str, Any]:
    changed = dict(spec)
    if "Default" in spec:
        changed["Default"] = _text(spec["Default"]) if isinstance(spec["Default"], bool) else spec["Default"]
    if isinstance(spec.get("AllowedValues"), list):
        changed["AllowedValues"] = [_text(item) for item in spec["AllowedValues"]]
        if _is_list(spec["Type"]):
            del changed["AllowedValues"]
    return changed


def _items(kind: str, value: str) -> list[str]:
    return [item.strip() for item in value.split(",")] if _is_list(kind) else [value]


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
