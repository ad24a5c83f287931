"""Access and execution logs of REST APIs in CloudWatch Logs.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker
from tests.support.processes import poll

FORMAT = json.dumps(
    {
        "id": "$context.requestId",
        "path": "$context.path",
        "verb": "$context.httpMethod",
        "status": "$context.status",
        "length": "$context.responseLength",
        "resource": "$context.resourcePath",
        "error": "$context.error.message",
        "kind": "$context.error.responseType",
        "ip": "$context.identity.sourceIp",
        "user": "$context.authorizer.principalId",
    }
)

CLF = '$context.status "$context.stage" $context.requestId'


class Logged:
    """An API whose stage ``json`` logs accesses and everything of its executions, ``clf`` errors only."""

    def __init__(self, cloud: Cloud) -> None:
        self.aws = Aws(cloud.endpoint, new_account())
        self.api = ApiMaker(cloud, self.aws, "logged")
        trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = self.aws.client("iam").create_role(RoleName="logs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
        self.api.client.update_account(patchOperations=patch)
        self.api.method("POST", "/x", answer='{"made": $input.json("$.statusCode")}')
        self.api.method("GET", "/broken", integration={"type": "MOCK", "requestTemplates": {"application/json": "{}"}})
        for stage, text, level in (("json", FORMAT, "INFO"), ("clf", CLF, "ERROR")):
            self.api.deploy(stage)
            patches = {
                "/accessLogSettings/destinationArn": f"arn:aws:logs:us-east-1:{self.aws.account}:log-group:{stage}",
                "/accessLogSettings/format": text,
                "/*/*/logging/loglevel": level,
                "/*/*/logging/dataTrace": "true",
            }
            operations = [{"op": "replace", "path": path, "value": value} for path, value in patches.items()]
            self.api.client.update_stage(restApiId=self.api.api, stageName=stage, patchOperations=operations)

    def lines(self, group: str, contains: str = "") -> list[str]:
        events = self.aws.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if contains in event["message"]]


@pytest.fixture(scope="module")
def logged(cloud: Cloud) -> Iterator[Logged]:
    made = Logged(cloud)
    yield made
    made.aws.close()


def test_access_logs_have_the_fields_of_their_format(logged: Logged) -> None:
    """api-gateway-variables-for-access-logging.html; a variable without a value is "-"."""
    response = logged.api.call("POST", "/x", stage="json", json={})
    assert response.status_code == 200
    line = json.loads(logged.lines("json", response.headers["x-amzn-requestid"])[0])
    assert line.pop("id") == response.headers["x-amzn-requestid"]
    assert line.pop("ip").count(".") == 3
    assert line == {
        "path": "/json/x",
        "verb": "POST",
        "status": "200",
        "length": str(len(response.content)),
        "resource": "/x",
        "error": "-",
        "kind": "-",
        "user": "-",
    }


def test_refused_calls_are_in_the_access_log(logged: Logged) -> None:
    """api-gateway-variables-for-access-logging.html: $context.error."""
    response = logged.api.call("GET", "/nothing", stage="json")
    line = json.loads(logged.lines("json", response.headers["x-amzn-requestid"])[0])
    assert (line["status"], line["error"]) == ("403", "Missing Authentication Token")
    assert line["kind"] == "MISSING_AUTHENTICATION_TOKEN"


def test_execution_logs_tell_each_step_and_no_secret(logged: Logged) -> None:
    """set-up-logging.html: "API Gateway redacts authorization headers, API key values, and similar sensitive request
    parameters from the logged data"; how-to-test-method.html for the lines."""
    secrets = {"Authorization": "Bearer top-secret-token", "x-api-key": "key-very-secret", "Cookie": "session=hidden"}
    response = logged.api.call("POST", "/x?X-Amz-Signature=abcdef0123", stage="json", json={"a": 1}, headers=secrets)
    group = f"API-Gateway-Execution-Logs_{logged.api.api}/json"
    lines = logged.lines(group, f"({response.headers['x-amzn-requestid']})")
    text = "\n".join(lines)
    for wanted in (
        "HTTP Method: POST, Resource Path: /x",
        'Method request body before transformations: {"a":1}',
        "Successfully completed execution",
        "Method completed with status: 200",
    ):
        assert wanted in text
    for secret in ("top-secret", "very-secret", "hidden", "abcdef0123"):
        assert secret not in text


def test_level_error_keeps_failures_only(logged: Logged) -> None:
    """set-up-logging.html: ERROR writes error-level entries only."""
    fine = logged.api.call("POST", "/x", stage="clf", json={})
    broken = logged.api.call("GET", "/broken", stage="clf")
    assert (fine.status_code, broken.status_code) == (200, 500)
    group = f"API-Gateway-Execution-Logs_{logged.api.api}/clf"
    poll(lambda: logged.lines("clf"), timeout=60, what="the access log")
    kept = [f'200 "clf" {fine.headers["x-amzn-requestid"]}', f'500 "clf" {broken.headers["x-amzn-requestid"]}']
    assert sorted(logged.lines("clf")) == kept
    assert logged.lines(group, fine.headers["x-amzn-requestid"]) == []
    failures = "\n".join(logged.lines(group, broken.headers["x-amzn-requestid"]))
    assert "Execution failed due to configuration error" in failures


def test_a_metric_filter_counts_what_an_api_logs(logged: Logged) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html: a filter counts the events of
    its log group, whoever logs them."""
    logged.api.call("POST", "/x", stage="json", json={})
    logs, cloudwatch = logged.aws.client("logs"), logged.aws.client("cloudwatch")
    logged.lines("json")
    counting = {"metricNamespace": "Api", "metricName": "Accesses", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="json", filterName="all", filterPattern='{ $.verb = "PUT" }', metricTransformations=[counting]
    )
    response = logged.api.call("PUT", "/x", stage="json", json={})
    logged.lines("json", response.headers["x-amzn-requestid"])
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace="Api",
        MetricName="Accesses",
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        Statistics=["Sum"],
    )
    assert sum(each["Sum"] for each in found["Datapoints"]) == 1
