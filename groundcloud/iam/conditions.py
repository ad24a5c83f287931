"""The Condition element: every operator, `…IfExists`, `ForAllValues:`, `ForAnyValue:`, several values, absent keys.

Sources, below docs.aws.amazon.com/IAM/latest/UserGuide/: reference_policies_elements_condition_operators.html,
reference_policies_condition-logic-multiple-context-keys-or-values.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html.

All operators, and all keys of an operator, have to hold (AND). Of several values one has to match (OR), with a negated
operator none (NOR). A key that is absent does not match: false, with a negated operator true.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any

from groundcloud.iam.errors import malformed
from groundcloud.iam.patterns import Bind, Test, arn_expression, equal_to, glob_expression, one_of
from groundcloud.iam.variables import Keys, template

Holds = Callable[[Keys], bool]
Build = Callable[[list[str], bool], Bind]
"""Makes the positive test of an operator from the policy's values; the flag says whether variables are allowed."""

FOR_ALL, FOR_ANY = "ForAllValues", "ForAnyValue"
IF_EXISTS = "IfExists"
_EPOCH = re.compile(r"-?\d+(\.\d+)?")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def compile_conditions(element: Any, *, with_variables: bool) -> tuple[Holds, ...]:
    """One test for each key of each operator. Raises `AwsError` (MalformedPolicyDocument) for what is no Condition."""
    if not isinstance(element, Mapping):
        raise malformed()
    tests: list[Holds] = []
    for operator, keys in element.items():
        if not isinstance(keys, Mapping):
            raise malformed()
        # IAM takes an operator without keys, whatever its name (recorded).
        tests += [_condition(operator, key, condition_values(found), with_variables) for key, found in keys.items()]
    return tuple(tests)


def condition_values(found: Any) -> list[str]:
    """The values as strings: "Quotation marks are optional for numeric and Boolean values" (grammar)."""
    values = found if isinstance(found, list) else [found]
    if not all(isinstance(value, str | bool | int | float) for value in values):
        raise malformed()
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def split_operator(operator: str) -> tuple[str, str, bool]:
    """("ForAllValues" | "ForAnyValue" | "", base name, has IfExists). Raises `AwsError` for an unknown one."""
    qualifier, colon, base = operator.rpartition(":")
    if_exists = base.endswith(IF_EXISTS)
    base = base.removesuffix(IF_EXISTS)
    is_known = base in _OPERATORS or (base == "Null" and not if_exists and not colon)
    if not is_known or (colon and qualifier not in (FOR_ALL, FOR_ANY)):
        raise malformed()
    return qualifier, base, if_exists


def _condition(operator: str, key: str, values: list[str], with_variables: bool) -> Holds:
    qualifier, base, if_exists = split_operator(operator)
    name = key.lower()
    if base == "Null":
        return _null(name, values)
    build, is_negated = _OPERATORS[base]
    bind = build(values, with_variables)
    if qualifier:
        return _set_test(name, bind, is_negated, qualifier == FOR_ALL, if_exists)
    return _plain_test(name, bind, is_negated, if_exists or is_negated)


def _plain_test(name: str, bind: Bind, is_negated: bool, when_absent: bool) -> Holds:
    def holds(keys: Keys) -> bool:
        values = keys.get(name)
        if not values:
            return when_absent
        test, is_whole = bind(keys)
        matched = test(values[0]) if len(values) == 1 else any(map(test, values))
        return not matched and is_whole if is_negated else matched

    return holds


def _set_test(name: str, bind: Bind, is_negated: bool, for_all: bool, if_exists: bool) -> Holds:
    """ForAllValues is true for no value at all, ForAnyValue false; an empty string is no value."""

    def holds(keys: Keys) -> bool:
        values = keys.get(name)
        if values is None and if_exists:
            return True
        values = tuple(value for value in values or () if value)
        if not values:
            return for_all
        test, is_whole = bind(keys)
        if is_negated and not is_whole:
            return False
        results = (test(value) != is_negated for value in values)
        return all(results) if for_all else any(results)

    return holds


def _null(name: str, values: list[str]) -> Holds:
    wanted = {value.lower() for value in values}
    if not wanted <= {"true", "false"}:
        raise malformed()
    return lambda keys: ("false" if keys.get(name) else "true") in wanted


def _strings(fold: Callable[[str], str] = str) -> Build:
    return lambda values, with_variables: equal_to(
        [template(value, with_variables=with_variables) for value in values], fold
    )


def _patterns(expression: Callable[[list[str]], str]) -> Build:
    return lambda values, with_variables: one_of(
        [template(value, with_variables=with_variables) for value in values], expression
    )


def _ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Build:
    """Numbers and dates: what is neither, in the policy or in the request, matches nothing (IAM takes `01T`)."""

    def build(values: list[str], with_variables: bool) -> Bind:
        limits = [limit for value in values if (limit := read(value)) is not None]

        def test(text: str) -> bool:
            value = read(text)
            return value is not None and any(compare(value, limit) for limit in limits)

        return _constant(test)

    return build


def _constant(test: Test) -> Bind:
    bound = (test, True)
    return lambda keys: bound


@lru_cache(maxsize=1024)
def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@lru_cache(maxsize=1024)
def _time(text: str) -> datetime | None:
    """ISO 8601 in the W3C's profile, or epoch seconds. A time without a zone is UTC; a date its first moment."""
    text = text.strip()
    try:
        if _EPOCH.fullmatch(text) and not re.fullmatch(r"\d{4}", text):
            return datetime.fromtimestamp(float(text), UTC)
        if re.fullmatch(r"\d{4}(-\d\d)?", text):
            text += "-01-01" if len(text) == len("2020") else "-01"
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _binary(values: list[str], with_variables: bool) -> Bind:
    wanted = {_decoded(value) for value in values}
    if None in wanted:
        raise malformed()
    return _constant(lambda text: _decoded(text) in wanted)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _addresses(values: list[str], with_variables: bool) -> Bind:
    networks = [_network(value) for value in values]
    return _constant(lambda text: _is_within(text, networks))


def _network(value: str) -> _Network:
    try:
        return ipaddress.ip_network(value.strip(), strict=False)
    except ValueError as error:
        raise malformed() from error


@lru_cache(maxsize=1024)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _is_within(text: str, networks: list[_Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def _positive_and_negated(positive: str, negated: str, build: Build) -> dict[str, tuple[Build, bool]]:
    return {positive: (build, False), negated: (build, True)}


def _comparisons(prefix: str, read: Callable[[str], Any]) -> dict[str, tuple[Build, bool]]:
    compare = {"LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge}
    return {
        **_positive_and_negated(f"{prefix}Equals", f"{prefix}NotEquals", _ordered(read, eq)),
        **{f"{prefix}{name}": (_ordered(read, each), False) for name, each in compare.items()},
    }


_OPERATORS: dict[str, tuple[Build, bool]] = {
    **_positive_and_negated("StringEquals", "StringNotEquals", _strings()),
    **_positive_and_negated("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _strings(str.lower)),
    **_positive_and_negated("StringLike", "StringNotLike", _patterns(glob_expression)),
    **_positive_and_negated("ArnEquals", "ArnNotEquals", _patterns(arn_expression)),
    **_positive_and_negated("ArnLike", "ArnNotLike", _patterns(arn_expression)),
    **_comparisons("Numeric", _number),
    **_comparisons("Date", _time),
    "Bool": (_strings(str.lower), False),
    "BinaryEquals": (_binary, False),
    **_positive_and_negated("IpAddress", "NotIpAddress", _addresses),
}
