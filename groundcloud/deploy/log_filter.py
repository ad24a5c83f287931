"""Chooses log lines by a pattern, as CloudWatch Logs does for text: pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForLogGroups.html: every term must be in
the line, ``"several words"`` as they stand, at least one of those with ``?``, none of those with ``-``; ``%…%`` is a
regular expression. Case matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from groundcloud.errors import UserError

_TERM = re.compile(r'(?P<sign>[-?]?)(?:"(?P<phrase>[^"]*)"|%(?P<expression>[^%]+)%|(?P<word>\S+))')


def log_filter(pattern: str) -> Callable[[str], bool]:
    """A test for lines. Raises `UserError` for an expression that is none."""
    needed: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    for found in _TERM.finditer(pattern):
        test = _test(found)
        if found["sign"] == "?":
            optional.append(test)
        elif found["sign"] == "-":
            needed.append(_absent(test))
        else:
            needed.append(test)

    def matches(line: str) -> bool:
        return all(test(line) for test in needed) and (not optional or any(test(line) for test in optional))

    return matches


def _test(found: re.Match[str]) -> Callable[[str], bool]:
    if found["expression"] is not None:
        try:
            expression = re.compile(found["expression"])
        except re.error as error:
            raise UserError(f"%{found['expression']}% is no regular expression: {error}") from error
        return lambda line: expression.search(line) is not None
    text = found["phrase"] if found["phrase"] is not None else found["word"]
    return lambda line: text in line


def _absent(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda line: not test(line)
