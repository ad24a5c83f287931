"""Schedules that EventBridge takes, and that it refuses.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from groundcloud.stacks.schedulerules import schedule_problem
from tests.support.aws import Aws

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


def test_a_rule_is_refused_by_api_and_in_a_template(aws: Aws) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html"""
    events, cfn = aws.client("events"), aws.client("cloudformation")
    with pytest.raises(ClientError, match=r"ValidationException.*Parameter ScheduleExpression is not valid\."):
        events.put_rule(Name="r", ScheduleExpression="rate(1 minutes)")
    with pytest.raises(ClientError, match="EventPattern or ScheduleExpression must be specified"):
        events.put_rule(Name="r")
    rule = '{"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(5 minute)"}}'
    with pytest.raises(ClientError, match="Resource R cannot be deployed: Parameter ScheduleExpression is not valid"):
        cfn.create_stack(StackName="s", TemplateBody=f'{{"Resources": {{"R": {rule}}}}}')
    assert events.put_rule(Name="r", ScheduleExpression="rate(1 day)", State="DISABLED")["RuleArn"]
