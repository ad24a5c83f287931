"""What an intrinsic function will come to, as far as it can be known before anything is made.

`UNKNOWN` stands for what depends on a resource or on another stack. Functions:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.stacks.parse import Template


class Unknown:
    """The one value `UNKNOWN`: not known before the deployment."""

    def __repr__(self) -> str:
        return "UNKNOWN"


class NoValue:
    """The one value `NO_VALUE`: what `AWS::NoValue` refers to."""


UNKNOWN = Unknown()
NO_VALUE = NoValue()

_SUBSTITUTION = re.compile(r"\$\{([^}]*)\}")
_DYNAMIC = "{{resolve:"
_CONDITION_FUNCTIONS = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition")


class Evaluator:
    """Evaluates values of one template for one set of parameters.

    `parameters` are the values by name (see `parameter_values`), `pseudo` the pseudo parameters by their full name.
    """

    def __init__(self, template: Template, parameters: Mapping[str, Any], pseudo: Mapping[str, str]) -> None:
        self._parameters = parameters
        self._pseudo = pseudo
        self._conditions: dict[str, Any] = _section(template, "Conditions")
        self._mappings: dict[str, Any] = _section(template, "Mappings")
        self._open: set[str] = set()

    def value(self, node: Any) -> Any:
        """`node` with its functions evaluated; a structure that holds something unknown is `UNKNOWN` as a whole."""
        if isinstance(node, list):
            return _known([item for item in map(self.value, node) if item is not NO_VALUE])
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            function = self._functions().get(name)
            if function is not None:
                return function(argument)
            if name.startswith("Fn::"):
                return UNKNOWN
        values = {key: self.value(item) for key, item in node.items()}
        kept = {key: item for key, item in values.items() if item is not NO_VALUE}
        return UNKNOWN if any(item is UNKNOWN for item in kept.values()) else kept

    def outline(self, node: Any) -> Any:
        """`node` with its functions evaluated; what is unknown in it is `UNKNOWN` (dynamic references too), what is
        around that stays."""
        if isinstance(node, list):
            return [item for item in map(self.outline, node) if item is not NO_VALUE]
        if not isinstance(node, dict):
            return UNKNOWN if isinstance(node, str) and _DYNAMIC in node else node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
                holds = self.condition(argument[0])
                return UNKNOWN if holds is None else self.outline(argument[1] if holds else argument[2])
            if name in self._functions() or name.startswith("Fn::"):
                value = self.value(node)
                return UNKNOWN if isinstance(value, str) and _DYNAMIC in value else value
        values = {key: self.outline(item) for key, item in node.items()}
        return {key: item for key, item in values.items() if item is not NO_VALUE}

    def text(self, node: Any) -> str | None:
        """The string that `node` comes to, or None when it is absent or unknown."""
        value = self.value(node)
        return str(value) if isinstance(value, (str, int, float)) else None

    def condition(self, name: str | None) -> bool | None:
        """Whether the named condition holds; True without a name, None when it cannot be known."""
        if name is None:
            return True
        if name not in self._conditions or name in self._open:
            return None
        self._open.add(name)
        try:
            result = self.value(self._conditions[name])
        finally:
            self._open.discard(name)
        return result if isinstance(result, bool) else None

    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Condition": self._named_condition,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Length": self._length,
            "Fn::Equals": self._equals,
            "Fn::Not": self._not,
            "Fn::And": self._and,
            "Fn::Or": self._or,
        }

    def _ref(self, name: Any) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._pseudo:
            return self._pseudo[name]
        return self._parameters.get(name, UNKNOWN) if isinstance(name, str) else UNKNOWN

    def _named_condition(self, name: Any) -> Any:
        result = self.condition(name) if isinstance(name, str) else None
        return UNKNOWN if result is None else result

    def _sub(self, argument: Any) -> Any:
        text, extra = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(extra, dict):
            return UNKNOWN
        known = True

        def replace(match: re.Match[str]) -> str:
            nonlocal known
            name = match.group(1).strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            value = self.value(extra[name]) if name in extra else self._ref(name)
            if value is UNKNOWN or value is NO_VALUE:
                known = False
                return ""
            return ",".join(value) if isinstance(value, list) else str(value)

        result = _SUBSTITUTION.sub(replace, text)
        return result if known else UNKNOWN

    def _join(self, argument: Any) -> Any:
        values = self._arguments(argument, 2)
        if values is UNKNOWN or not isinstance(values[1], list):
            return UNKNOWN
        return str(values[0]).join(str(item) for item in values[1])

    def _select(self, argument: Any) -> Any:
        values = self._arguments(argument, 2)
        if values is UNKNOWN or not isinstance(values[1], list) or not str(values[0]).isdigit():
            return UNKNOWN
        index = int(values[0])
        return values[1][index] if index < len(values[1]) else UNKNOWN

    def _split(self, argument: Any) -> Any:
        values = self._arguments(argument, 2)
        return UNKNOWN if values is UNKNOWN else str(values[1]).split(str(values[0]))

    def _if(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            return UNKNOWN
        holds = self.condition(argument[0])
        return UNKNOWN if holds is None else self.value(argument[1] if holds else argument[2])

    def _find_in_map(self, argument: Any) -> Any:
        """With `AWS::LanguageExtensions` a fourth argument may give a default."""
        keys = argument[:3] if isinstance(argument, list) else argument
        values = self._arguments(keys, 3)
        if values is UNKNOWN:
            return UNKNOWN
        found: Any = self._mappings
        for key in values:
            found = found.get(str(key), UNKNOWN) if isinstance(found, dict) else UNKNOWN
        fallback = argument[3] if len(argument) == 4 else None
        if found is UNKNOWN and isinstance(fallback, dict) and "DefaultValue" in fallback:
            return self.value(fallback["DefaultValue"])
        return found

    def _length(self, argument: Any) -> Any:
        values = self.value(argument)
        return len(values) if isinstance(values, list) else UNKNOWN

    def _equals(self, argument: Any) -> Any:
        values = self._arguments(argument, 2)
        return UNKNOWN if values is UNKNOWN else _plain(values[0]) == _plain(values[1])

    def _not(self, argument: Any) -> Any:
        values = self._arguments(argument, 1)
        return UNKNOWN if values is UNKNOWN else not values[0]

    def _and(self, argument: Any) -> Any:
        values = [self.value(item) for item in argument] if isinstance(argument, list) else [UNKNOWN]
        if any(value is False for value in values):
            return False
        return UNKNOWN if any(value is UNKNOWN for value in values) else True

    def _or(self, argument: Any) -> Any:
        values = [self.value(item) for item in argument] if isinstance(argument, list) else [UNKNOWN]
        if any(value is True for value in values):
            return True
        return UNKNOWN if any(value is UNKNOWN for value in values) else False

    def _arguments(self, argument: Any, count: int) -> Any:
        if not isinstance(argument, list) or len(argument) != count:
            return UNKNOWN
        return self.value(argument)


def literal_conditions(template: Template, evaluator: Evaluator) -> dict[str, Any]:
    """The `Conditions` section with every operand that can be known put as its value.

    The engine reads only parameters there: a pseudo parameter compares as its own name, `Fn::FindInMap` as the
    function and ``true`` as ``True``.
    Structure (`Fn::And`…), references to parameters and conditions that name each other stay as they are.
    """

    def literal(node: Any) -> Any:
        if isinstance(node, list):
            return [literal(item) for item in node]
        if isinstance(node, dict) and len(node) == 1 and next(iter(node)) in _CONDITION_FUNCTIONS:
            return {name: literal(argument) for name, argument in node.items()}
        if isinstance(node, dict) and str(node.get("Ref", "AWS::")).startswith("AWS::"):
            value = evaluator.value(node)
            return node if value is UNKNOWN or value is NO_VALUE else value
        return _plain(node) if isinstance(node, (bool, int, float)) else node

    return {name: literal(node) for name, node in _section(template, "Conditions").items()}


def parameter_values(
    template: Template, given: Mapping[str, str], previous: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Parameter values by name: `given`, else `previous` (``UsePreviousValue``), else the default.

    Lists are lists of strings, as `Ref` sees them. Parameters whose value is a name in the Parameter Store
    (``AWS::SSM::Parameter::Value<…>``) are left out: what they come to is known at the deployment only.
    """
    values: dict[str, Any] = {}
    for name, definition in _section(template, "Parameters").items():
        kind = str(definition.get("Type", "String")) if isinstance(definition, dict) else "String"
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            continue
        value = given.get(name, (previous or {}).get(name))
        if value is None and isinstance(definition, dict) and "Default" in definition:
            value = _plain(definition["Default"])
        if value is not None:
            listed = kind == "CommaDelimitedList" or kind.startswith("List<")
            values[name] = [item.strip() for item in str(value).split(",")] if listed else str(value)
    return values


def _section(template: Template, name: str) -> dict[str, Any]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}


def _known(values: list[Any]) -> Any:
    return UNKNOWN if any(value is UNKNOWN for value in values) else values


def _plain(value: Any) -> Any:
    """A scalar as CloudFormation compares it: booleans and numbers are their text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, (dict, list)) else str(value)
