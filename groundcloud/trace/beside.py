"""Which members of an object are secret by what stands beside them, under names that tell nothing by themselves. Pure.

Systems Manager's SecureString, pairs of a name and its value (tags, parameters, headers), the values of DynamoDB's
expressions, tokens by identity provider, private parts of a JSON Web Key, API Gateway's API keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundcloud.trace.names import is_secret

_PAIRS = (
    ("Name", "Value"), ("Key", "Value"), ("ParameterKey", "ParameterValue"), ("OutputKey", "OutputValue"),
    ("name", "value"), ("key", "value"),
)  # fmt: skip
_TELLING = frozenset(
    {*(value for _, value in _PAIRS), "kty", "Logins", "ExpressionAttributeValues", "Parameters", "identitySource"}
)
_PRIVATE_PARTS = ("d", "p", "q", "dp", "dq", "qi", "k", "oth")
"""RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1."""

_EXPRESSIONS = ("UpdateExpression", "ConditionExpression", "FilterExpression", "KeyConditionExpression")
_COMPARED = re.compile(
    r"(?<![#\w.\-])(?P<path>[#\w.\-]+)\s*(?:=|<>|[<>]=?|,|\bIN\s*\(|\bBETWEEN\b)\s*"
    r"(?:\w+\s*\(\s*(?:[#\w.\-]+\s*,\s*)?)?(?P<value>:\w+)",
    re.IGNORECASE,
)
"""What a placeholder is compared with, set to or contained in."""


def hidden(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The members that are secret from end to end."""
    if value.keys().isdisjoint(_TELLING):
        return ()
    return tuple(_hidden(value))


def _hidden(value: Mapping[str, Any]) -> Iterator[str]:
    if value.get("Type") == "SecureString":
        yield "Value"
    if "enabled" in value and isinstance(value.get("value"), str):
        yield "value"
    for names, values in _PAIRS:
        name = value.get(names)
        if isinstance(name, str) and values in value and is_secret(name.rpartition(":")[2]):
            yield values
    if "kty" in value:
        yield from _PRIVATE_PARTS
    if isinstance(value.get("Logins"), Mapping):
        yield "Logins"
    if isinstance(value.get("identitySource"), list):
        yield "identitySource"
    statement = value.get("Statement")
    if isinstance(statement, str) and "Parameters" in value and any(map(is_secret, re.findall(r"\w+", statement))):
        yield "Parameters"


def placeholders(value: Mapping[str, Any]) -> frozenset[str]:
    """Of a call of DynamoDB's: which of ``ExpressionAttributeValues`` stand for attributes with a secret's name.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
    """
    names = value.get("ExpressionAttributeNames")
    aliases = names if isinstance(names, Mapping) else {}
    return frozenset(
        found["value"]
        for expression in _EXPRESSIONS
        for found in _COMPARED.finditer(str(value.get(expression) or ""))
        if any(is_secret(str(aliases.get(part, part))) for part in found["path"].split("."))
    )
