"""Wildcards: `*` for any run of characters, `?` for one, in actions, ARNs and the values of conditions.

A pattern is compiled to a regular expression that never backtracks over a `*` twice (atomic groups), so that a
hostile policy cannot make a decision slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from groundcloud.iam.variables import Keys, Template

Texts = tuple[tuple[str, bool], ...]
"""Pieces of a resolved value: a text, and whether `*` and `?` in it are wildcards."""

Test = Callable[[str], bool]

Bind = Callable[[Keys], tuple[Test, bool]]
"""Fills the variables of some values from a request's keys: the test, and False when a variable had no value."""

ANY = "\0*"
ONE = "\0?"
ARN_FIELDS = 6


def tokens(texts: Texts) -> list[str]:
    """The pattern as single characters and the two marks `ANY` and `ONE`."""
    found: list[str] = []
    for text, has_wildcards in texts:
        for character in text:
            found.append(f"\0{character}" if has_wildcards and character in "*?" else character)
    return found


def glob_expression(pattern: list[str]) -> str:
    """A regular expression for the whole of a text, `*` and `?` matching every character."""
    return _joined(pattern, ".")


def resource_expression(pattern: list[str]) -> str:
    """A regular expression for an ARN in `Resource`.

    "You can use wildcard characters within the individual segments of an ARN (the parts separated by colons). If the
    * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries."
    Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html. The sixth segment is
    the resource, whatever colons it has itself; an ARN with fewer segments is completed with wildcards.
    """
    fields = _split(pattern, ":", ARN_FIELDS - 1)
    if len(fields) == 1:
        return glob_expression(pattern)
    fields += [[ANY]] * (ARN_FIELDS - len(fields))
    head, resource = fields[:-1], fields[-1]
    if not any(ANY in field[:-1] for field in head):
        return glob_expression([token for field in head for token in [*field, ":"]] + resource)
    return ":".join(_segment(field) for field in head) + ":" + glob_expression(resource)


def arn_expression(pattern: list[str]) -> str:
    """A regular expression for an ARN in a condition: "Each of the six colon-delimited components of the ARN is
    checked separately" (Condition operators, ARN). A lone `*` matches every ARN."""
    fields = _split(pattern, ":", ARN_FIELDS - 1)
    if fields == [[ANY]]:
        return ".*"
    if len(fields) < ARN_FIELDS:
        return "(?!)"
    head = ":".join(_restricted(field) for field in fields[:-1])
    return f"{head}:{glob_expression(fields[-1])}"


def _segment(field: list[str]) -> str:
    crosses = bool(field) and field[-1] == ANY
    return _restricted(field[:-1] if crosses else field) + (".*" if crosses else "")


def _restricted(field: list[str]) -> str:
    return _joined(field, "[^:]")


def _joined(pattern: list[str], one: str) -> str:
    """The expression of a pattern whose wildcards match `one` character, or any run of such. The first place where a
    part between two `*` fits is as good as any later one, so it is taken for good."""
    parts = ["".join(one if token == ONE else re.escape(token) for token in part) for part in _split(pattern, ANY)]
    first, *rest = parts
    if not rest:
        return first
    return first + "".join(f"(?>{one}*?{part})" for part in rest[:-1] if part) + f"{one}*{rest[-1]}"


def _split(pattern: list[str], mark: str, most: int = -1) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in pattern:
        if token == mark and most != 0:
            parts.append([])
            most -= 1
        else:
            parts[-1].append(token)
    return parts


@lru_cache(maxsize=8192)
def _wild(texts: Texts, expression: Callable[[list[str]], str]) -> Test:
    match = re.compile(expression(tokens(texts)), re.DOTALL).fullmatch
    return lambda text: match(text) is not None


def one_of(templates: Iterable[Template], expression: Callable[[list[str]], str]) -> Bind:
    """A test of whether a text matches any of the patterns."""
    templates = tuple(templates)
    known = [template for template in templates if not template.has_variables]
    open_ones = [template for template in templates if template.has_variables]
    expressions = [expression(tokens(template.resolve({}) or ())) for template in known]
    match = re.compile("|".join(f"(?:{each})" for each in expressions) or "(?!)", re.DOTALL).fullmatch
    return _bound(lambda text: match(text) is not None, open_ones, lambda texts: _wild(texts, expression))


def equal_to(templates: Iterable[Template], fold: Callable[[str], str] = str) -> Bind:
    """A test of whether a text equals any of the values, both folded by `fold`."""
    templates = tuple(templates)
    values = frozenset(
        fold("".join(text for text, _ in template.resolve({}) or ()))
        for template in templates
        if not template.has_variables
    )

    def exactly(texts: Texts) -> Test:
        value = fold("".join(text for text, _ in texts))
        return lambda text: fold(text) == value

    known: Test = values.__contains__ if fold is str else lambda text: fold(text) in values
    return _bound(known, [template for template in templates if template.has_variables], exactly)


def _bound(known: Test, open_ones: list[Template], test_of: Callable[[Texts], Test]) -> Bind:
    if not open_ones:
        bound = (known, True)
        return lambda keys: bound

    def bind(keys: Keys) -> tuple[Test, bool]:
        resolved = [template.resolve(keys) for template in open_ones]
        tests = [known, *(test_of(texts) for texts in resolved if texts is not None)]
        return lambda text: any(test(text) for test in tests), None not in resolved

    return bind
