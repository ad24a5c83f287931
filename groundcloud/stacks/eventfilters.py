"""Filters of event source mappings: what Lambda refuses of them, and what the engine would match with nothing: pure.

The syntax is that of https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax. A
record that no filter matches is dropped, so an operator that is not known must not be taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_INVALID = "Invalid filter pattern definition."
"""As https://github.com/aws/aws-cdk/issues/23057 has it."""

_OPERATORS = frozenset({"anything-but", "exists", "numeric", "prefix", "suffix"})


def invalid_filter(criteria: Any) -> str | None:
    """Lambda's message when a pattern of FilterCriteria is none."""
    return _INVALID if any(not _is_pattern(pattern) for pattern in _patterns(criteria)) else None


def unknown_operator(criteria: Any) -> str | None:
    """The first operator of FilterCriteria that the engine does not know."""
    return next((name for pattern in _patterns(criteria) for name in _unknown(pattern)), None)


def _patterns(criteria: Any) -> list[Any]:
    """What is known of the patterns; None for one that is no JSON."""
    filters = criteria.get("Filters") if isinstance(criteria, dict) else None
    texts = [one.get("Pattern") for one in filters if isinstance(one, dict)] if isinstance(filters, list) else []
    return [_parsed(text) for text in texts if isinstance(text, str) and text]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_pattern(pattern: Any) -> bool:
    """Whether it is made of objects whose leaves are lists."""
    return isinstance(pattern, dict) and all(isinstance(one, list) or _is_pattern(one) for one in pattern.values())


def _unknown(pattern: Any) -> Iterator[str]:
    if not isinstance(pattern, dict):
        return
    for key, value in pattern.items():
        if key == "$or":
            yield key
        elif isinstance(value, list):
            yield from (name for rule in value if isinstance(rule, dict) for name in _unknown_of_rule(rule))
        else:
            yield from _unknown(value)


def _unknown_of_rule(rule: dict[str, Any]) -> Iterator[str]:
    for name, value in rule.items():
        if name not in _OPERATORS:
            yield name
        elif isinstance(value, dict):
            yield from (f"{name} with {inner}" for inner in value)
