"""Metric filters and alarms in a running cloud: nobody puts a metric or sets a state, and the alarm moves."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.processes import poll


@pytest.fixture
def group(aws: Aws) -> str:
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="one")
    return "/app"


def put(aws: Aws, *messages: str) -> None:
    now = int(time.time() * 1000)
    aws.client("logs").put_log_events(
        logGroupName="/app",
        logStreamName="one",
        logEvents=[{"timestamp": now, "message": message} for message in messages],
    )


def alarm_on(aws: Aws, name: str, **changes: object) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name, "Namespace": "App", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching", **changes,
        }
    )  # fmt: skip


def state_of(aws: Aws, name: str) -> str:
    (alarm,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def test_an_error_in_the_log_moves_the_alarm(aws: Aws, group: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"""
    aws.client("logs").put_metric_filter(
        logGroupName=group,
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[{"metricNamespace": "App", "metricName": "Errors", "metricValue": "1"}],
    )
    alarm_on(aws, "errors")
    put(aws, '{"level": "INFO"}', "ERROR, but no JSON")
    poll(lambda: state_of(aws, "errors") == "OK", timeout=60, what="the new alarm to be OK")
    put(aws, '{"level": "ERROR"}', '{"level": "ERROR"}')
    poll(lambda: state_of(aws, "errors") == "ALARM", timeout=60, what="the alarm")
    (alarm,) = aws.client("cloudwatch").describe_alarms(AlarmNames=["errors"])["MetricAlarms"]
    assert alarm["StateReason"].startswith("Threshold Crossed: ")


def test_an_alarm_without_data_says_so_or_is_ok_as_it_treats_missing_data(aws: Aws) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
    alarm_on(aws, "fine")
    alarm_on(aws, "bad", TreatMissingData="breaching")
    alarm_on(aws, "unknown", TreatMissingData="missing")
    poll(lambda: state_of(aws, "fine") == "OK", timeout=60, what="the alarm that takes missing data for good")
    poll(lambda: state_of(aws, "bad") == "ALARM", timeout=60, what="the alarm that takes missing data for bad")
    assert state_of(aws, "unknown") == "INSUFFICIENT_DATA"


def test_an_alarm_watches_its_own_dimensions(aws: Aws) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension"""
    ours = [{"Name": "FunctionName", "Value": "ours"}]
    alarm_on(aws, "ours", Dimensions=ours)
    datum = {"MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": "theirs"}], "Value": 3.0}
    aws.client("cloudwatch").put_metric_data(Namespace="App", MetricData=[datum])
    poll(lambda: state_of(aws, "ours") == "OK", timeout=60, what="the alarm to see that nothing is ours")
    aws.client("cloudwatch").put_metric_data(Namespace="App", MetricData=[datum | {"Dimensions": ours}])
    poll(lambda: state_of(aws, "ours") == "ALARM", timeout=60, what="the alarm")


def test_a_pattern_that_cannot_be_read_is_refused(aws: Aws, group: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html"""
    with pytest.raises(ClientError, match="InvalidParameterException"):
        aws.client("logs").put_metric_filter(
            logGroupName=group,
            filterName="bad",
            filterPattern="{ $.level = ",
            metricTransformations=[{"metricNamespace": "App", "metricName": "Errors", "metricValue": "1"}],
        )
