"""What EventBridge refuses of a rule's schedule, by API and by template alike: pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html: a rate of 1 has its unit in
the singular, any other in the plural; a cron expression has six fields, of which the day of the month or that of the
week is ``?``.
"""

from __future__ import annotations

import re

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = (
    (0, 59, (), ""),
    (0, 23, (), ""),
    (1, 31, (), r"\?|L|LW|L-\d+|\d+W"),
    (1, 12, _MONTHS, ""),
    (1, 7, _DAYS, r"\?|L|[1-7]L|(?:[1-7]|[A-Z]{3})#[1-5]"),
    (1970, 2199, (), ""),
)
"""Least, most, names for them, and what else a field may be: minute, hour, day, month, day of the week, year."""


def schedule_problem(expression: str) -> str | None:
    """EventBridge's message, or None."""
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        return None if (rate[1] == "1") == (rate[3] == "") else _INVALID
    cron = _CRON.fullmatch(expression)
    return None if cron is not None and _is_cron(cron[1].split()) else _INVALID


_INVALID = "Parameter ScheduleExpression is not valid."


def _is_cron(fields: list[str]) -> bool:
    if len(fields) != len(_FIELDS) or [fields[2], fields[4]].count("?") != 1:
        return False
    return all(_fits(text, *field) for text, field in zip(fields, _FIELDS, strict=True))


def _fits(text: str, least: int, most: int, names: tuple[str, ...], other: str) -> bool:
    for part in text.split(","):
        if other and re.fullmatch(other, part.upper()):
            continue
        body, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step) > 0):
            return False
        ends = [] if body == "*" else body.split("-")
        numbers = [_number(each, least, names) for each in ends]
        if len(ends) > 2 or not all(number is not None and least <= number <= most for number in numbers):
            return False
    return True


def _number(text: str, least: int, names: tuple[str, ...]) -> int | None:
    if text.upper() in names:
        return names.index(text.upper()) + least
    return int(text) if text.isdecimal() else None
