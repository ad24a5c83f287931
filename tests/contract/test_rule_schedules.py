"""Schedules that EventBridge refuses, wherever a rule comes from.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws


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
