"""Schedules that EventBridge takes, and that it refuses.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import pytest

from groundcloud.stacks.schedulerules import schedule_problem

TAKEN = [
    "rate(1 minute)",
    "rate(5 minutes)",
    "rate(1 hour)",
    "rate(7 days)",
    "cron(15 10 * * ? *)",
    "cron(0 18 ? * MON-FRI *)",
    "cron(0 8 1 * ? *)",
    "cron(0/15 * * * ? *)",
    "cron(0/10 * ? * MON-FRI *)",
    "cron(0/30 20-2 ? * MON-FRI *)",
    "cron(0 10 ? JAN-MAR,6 2#1 2026-2030)",
    "cron(0 12 L * ? *)",
    "cron(0 12 15W * ? *)",
    "cron(0 12 ? * 6L *)",
]
REFUSED = [
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(0 minutes)",
    "rate(-1 minutes)",
    "rate(1.5 hours)",
    "rate(1 second)",
    "rate( 5 minutes )",
    "Rate(5 minutes)",
    "5 minutes",
    "cron(0 12 * * *)",
    "cron(* * * * * *)",
    "cron(0 12 ? * ? *)",
    "cron(99 12 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 12 32 * ? *)",
    "cron(0 12 * 13 ? *)",
    "cron(0 18 ? * 8 *)",
    "cron(0 0 1 1 ? 1969)",
    "cron(0/0 12 * * ? *)",
    "cron(a 12 * * ? *)",
]


@pytest.mark.parametrize("expression", TAKEN)
def test_what_is_taken(expression: str) -> None:
    """The page's own examples, and each wildcard that it has."""
    assert schedule_problem(expression) is None


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_refused(expression: str) -> None:
    """eb-scheduled-rule-pattern: units, number of fields, ranges, and one of the two days is ``?``."""
    assert schedule_problem(expression) == "Parameter ScheduleExpression is not valid."
