"""CloudWatch Logs filter patterns: words, JSON conditions, space-delimited fields.

    compile_pattern("ERROR -Timeout")(message)                      a `Values`, or None when the pattern does not match
    compile_pattern("{ $.level = \\"ERROR\\" }")
    compile_pattern("[ip, user, time, request, status = 5*, ...]")

Words are matched by case, anywhere in the message.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from groundcloud.metrics.errors import PatternError
from groundcloud.metrics.expression import Condition, compile_regex, parse_condition, quoted

Values = Callable[[str], list[Any]]
"""What a matched message holds: every value that a selector (``$.latency``, ``$status``) finds in it."""

Pattern = Callable[[str], Values | None]

_TERM = re.compile(r"""\s*([?-]?)("(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|[^\s"]+)""")
_EVENT_FIELD = re.compile(r"""\[([^\]]*)\]|"([^"]*)"|(\S+)""")
_FIELD_NAME = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*")
_STEP = re.compile(r"""\.?\[(?:'([^']*)'|"([^"]*)"|(\d+)|(\*))\]|\.?([^.\[\]]+)""")
_ELLIPSIS = "..."


def compile_pattern(text: str) -> Pattern:
    """The function that matches messages with the pattern `text`. Raises `PatternError`."""
    stripped = text.strip()
    if stripped.startswith("{"):
        return _json_pattern(_inside(stripped, "}"))
    if stripped.startswith("["):
        return _fields_pattern(_inside(stripped, "]"))
    return _words_pattern(stripped)


def _inside(text: str, closing: str) -> str:
    if not text.endswith(closing):
        raise PatternError(f"the pattern starts with {text[0]} and does not end with {closing}")
    return text[1:-1]


# --- Words -----------------------------------------------------------------------------------------------------------


def _words_pattern(text: str) -> Pattern:
    required: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    excluded: list[Callable[[str], bool]] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise PatternError(f"cannot read {text[position:].strip()[:40]!r}")
        {"": required, "?": optional, "-": excluded}[found[1]].append(_term(found[2]))
        position = found.end()
    if required or excluded:
        optional = []  # AWS ignores optional terms beside others

    def match(message: str) -> Values | None:
        wanted = all(term(message) for term in required) and (not optional or any(term(message) for term in optional))
        return _nothing if wanted and not any(term(message) for term in excluded) else None

    return match


def _term(token: str) -> Callable[[str], bool]:
    if token.startswith("%") and token.endswith("%") and len(token) > 2:
        expression = compile_regex(token)
        return lambda message: expression.search(message) is not None
    word = quoted(token) if token.startswith('"') else token
    return lambda message: word in message


def _nothing(selector: str) -> list[Any]:
    return []


# --- JSON ------------------------------------------------------------------------------------------------------------


def _json_pattern(text: str) -> Pattern:
    condition = parse_condition(text)

    def match(message: str) -> Values | None:
        try:
            document = json.loads(message)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict | list):
            return None

        def values(selector: str) -> list[Any]:
            return _select(document, selector)

        return values if condition(values) else None

    return match


def _select(document: Any, selector: str) -> list[Any]:
    """Every value at ``$.a.b[0].c``; ``[*]`` goes through all elements, ``['a b']`` names any key."""
    if not selector.startswith("$"):
        return []
    found = [document]
    for single, double, index, everything, name in _STEP.findall(selector[1:]):
        if index:
            found = [one[int(index)] for one in found if isinstance(one, list) and int(index) < len(one)]
        elif everything or name == "*":
            found = [each for one in found for each in _children(one)]
        else:
            key = single or double or name
            found = [one[key] for one in found if isinstance(one, dict) and key in one]
    return found


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


# --- Space-delimited -------------------------------------------------------------------------------------------------


def _fields_pattern(text: str) -> Pattern:
    names: list[str] = []
    conditions: list[Condition] = []
    for field in _split_fields(text):
        if field == _ELLIPSIS:
            names.append(_ELLIPSIS)
            continue
        name = _FIELD_NAME.match(field)
        if name is None:
            raise PatternError(f"{field!r} does not start with the name of a field")
        names.append(name[1])
        if name.end() < len(field):
            conditions.append(parse_condition(field))
    if names.count(_ELLIPSIS) > 1:
        raise PatternError("a pattern may leave out fields in one place only")

    def match(message: str) -> Values | None:
        assigned = _assign(names, [found[found.lastindex or 0] for found in _EVENT_FIELD.finditer(message)])
        if assigned is None:
            return None

        def values(selector: str) -> list[Any]:
            name = selector.removeprefix("$").removeprefix(".")
            return [assigned[name]] if name in assigned else []

        return values if all(condition(values) for condition in conditions) else None

    return match


def _split_fields(text: str) -> list[str]:
    """The fields between the commas; a comma in quotes or in a regular expression is text."""
    fields = re.findall(r"""(?:[^,"%]|"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%)+""", text)
    return [field.strip() for field in fields if field.strip()]


def _assign(names: list[str], fields: list[str]) -> dict[str, str] | None:
    """Which field is which, or None when their number does not fit."""
    if _ELLIPSIS not in names:
        return dict(zip(names, fields, strict=True)) if len(names) == len(fields) else None
    before = names.index(_ELLIPSIS)
    after = names[before + 1 :]
    if len(fields) < before + len(after):
        return None
    assigned = dict(zip(names[:before], fields, strict=False))
    return assigned | dict(zip(after, fields[len(fields) - len(after) :], strict=True))
