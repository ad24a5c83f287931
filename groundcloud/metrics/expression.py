"""Conditions of filter patterns: ``$.level = "ERROR" && ($.status >= 500 || $.code = 4*)``.

The same grammar serves JSON patterns, whose selectors start with ``$``, and space-delimited ones, whose selectors are
names of fields. A condition is a function of a lookup, and a lookup gives every value that a selector finds, so that
``[*]`` can find several: the condition holds when it holds for one of them. An absent value meets no comparison.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from groundcloud.metrics.errors import PatternError

Lookup = Callable[[str], list[Any]]
Condition = Callable[[Lookup], bool]

_SELECTOR = r"""\$(?:\.?\[(?:'[^']*'|"[^"]*"|[0-9]+|\*)\]|\.[\w\-:@/*]+|[\w\-:@/]+)*"""
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<join>&&|\|\|)
      | (?P<paren>[()])
      | (?P<compare><=|>=|!=|=|<|>)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<regex>%(?:[^%\\]|\\.)*%)
      | (?P<selector>{_SELECTOR})
      | (?P<word>[^\s()=<>!&|"%]+)
    )""",
    re.VERBOSE,
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

_Token = tuple[str, str]


def parse_condition(text: str) -> Condition:
    """The condition that `text` spells. Raises `PatternError`."""
    parser = _Parser(_tokens(text))
    condition = parser.either()
    parser.end()
    return condition


def quoted(token: str) -> str:
    """The text inside a quoted token."""
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def number(value: Any) -> float | None:
    """`value` as a number: a JSON number or text that is one; True and False are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def compile_regex(token: str) -> re.Pattern[str]:
    """The expression between the percent signs. Raises `PatternError`."""
    try:
        return re.compile(token[1:-1])
    except re.error as error:
        raise PatternError(f"{token} is not a regular expression: {error}") from error


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise PatternError(f"cannot read {text[position:].strip()[:40]!r}")
        tokens.append((str(found.lastgroup), str(found[str(found.lastgroup)])))
        position = found.end()
    return tokens


class _Parser:
    """Recursive descent: either → both → single."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise PatternError(f"unexpected {self._tokens[self._at][1]!r}")

    def either(self) -> Condition:
        options = [self._both()]
        while self._take("||"):
            options.append(self._both())
        return options[0] if len(options) == 1 else lambda lookup: any(option(lookup) for option in options)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._take("&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda lookup: all(part(lookup) for part in parts)

    def _single(self) -> Condition:
        if self._take("("):
            inside = self.either()
            if not self._take(")"):
                raise PatternError("a parenthesis is not closed")
            return inside
        kind, selector = self._next("a field")
        if kind not in ("selector", "word"):
            raise PatternError(f"expected a field, found {selector!r}")
        kind, found = self._next("a comparison")
        if kind == "compare":
            return _comparison(selector, found, *self._next("a value"))
        if found.upper() in ("IS", "NOT"):
            return _state(selector, f"{found} {self._next('NULL, TRUE, FALSE or EXISTS')[1]}".upper())
        raise PatternError(f"expected a comparison, found {found!r}")

    def _take(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1] == text:
            self._at += 1
            return True
        return False

    def _next(self, expected: str) -> _Token:
        if self._at == len(self._tokens):
            raise PatternError(f"expected {expected} at the end")
        self._at += 1
        return self._tokens[self._at - 1]


def _state(selector: str, state: str) -> Condition:
    if state == "NOT EXISTS":
        return lambda lookup: not lookup(selector)
    wanted = {"IS NULL": None, "IS TRUE": True, "IS FALSE": False}
    if state not in wanted:
        raise PatternError(f"expected IS NULL, IS TRUE, IS FALSE or NOT EXISTS, found {state!r}")
    value = wanted[state]
    return lambda lookup: any(found is value for found in lookup(selector))


def _comparison(selector: str, sign: str, kind: str, text: str) -> Condition:
    if kind not in ("text", "word", "regex"):
        raise PatternError(f"expected a value, found {text!r}")
    if sign in _ORDER:
        limit = number(text)
        if limit is None:
            raise PatternError(f"{sign} compares numbers, and {text} is none")
        ordered, bound = _ORDER[sign], limit
        return lambda lookup: any(
            (value := number(found)) is not None and ordered(value, bound) for found in lookup(selector)
        )
    equal = _equality(kind, text)
    if sign == "=":
        return lambda lookup: any(equal(found) for found in lookup(selector))
    return lambda lookup: bool(found := lookup(selector)) and not any(equal(value) for value in found)


def _equality(kind: str, text: str) -> Callable[[Any], bool]:
    if kind == "regex":
        expression = compile_regex(text)
        return lambda value: expression.search(_as_text(value)) is not None
    exact = number(text) if kind == "word" else None
    if exact is not None:
        return lambda value: number(value) == exact
    wildcard = re.compile(
        ".*".join(re.escape(part) for part in (quoted(text) if kind == "text" else text).split("*")), re.DOTALL
    )
    return lambda value: value is not None and wildcard.fullmatch(_as_text(value)) is not None


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, int | float) else ""
