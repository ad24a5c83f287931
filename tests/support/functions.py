"""Functions for tests, made with boto3 in the account of a test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.fake_engine import zipped
from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws

SOON = {"Delay": 0.1, "MaxAttempts": 600}
"""For waiters of functions: the engine takes half a second, and theirs look once a second."""

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}

NOTING = """
import json, os
def handler(event, context):
    print("RAN " + json.dumps({"pid": os.getpid(), "id": context.aws_request_id, "event": event}))
    return event
"""
"""Writes down each event that it gets."""


class Functions:
    """Makes functions and reads what they wrote."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.api = aws.client("lambda")

    def role(self, name: str, *actions: str) -> str:
        """A role that functions may take, with `actions` allowed on everything."""
        iam = self.aws.client("iam")
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"])
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        return arn

    def make(self, name: str, code: str = NOTING, *actions: str, **config: Any) -> str:
        """A Python function with a role of its own; returns its ARN."""
        defaults = {"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 10}
        made = self.api.create_function(
            FunctionName=name,
            Role=self.role(f"{name}-role", *actions),
            Code={"ZipFile": zipped({"app.py": code})},
            **{**defaults, **config},
        )
        self.api.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=SOON)
        return str(made["FunctionArn"])

    def update(self, name: str, code: str) -> None:
        self.api.update_function_code(FunctionName=name, ZipFile=zipped({"app.py": code}))
        self.api.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=SOON)

    def allow(self, name: str, service: str) -> None:
        """Let a service call it (docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html)."""
        self.api.add_permission(
            FunctionName=name, StatementId=service, Action="lambda:InvokeFunction", Principal=f"{service}.amazonaws.com"
        )

    def open_url(self, name: str, **config: Any) -> str:
        """The host of a new URL that everybody may call (docs.aws.amazon.com/lambda/latest/dg/urls-auth.html)."""
        asked = {"FunctionName": name, "AuthType": "NONE", **config}
        url = str(self.api.create_function_url_config(**asked)["FunctionUrl"])
        whom = {"FunctionName": name, "Principal": "*", **{k: v for k, v in config.items() if k == "Qualifier"}}
        self.api.add_permission(
            **whom, StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"
        )
        self.api.add_permission(
            **whom, StatementId="function", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True
        )
        return url.partition("://")[2].rstrip("/")

    def call(self, name: str, event: Any = None, **options: Any) -> Any:
        """What the function returns, parsed."""
        return json.loads(self.api.invoke(FunctionName=name, Payload=json.dumps(event), **options)["Payload"].read())

    def lines(self, name: str) -> list[str]:
        """Everything in the function's log group."""
        logs = self.aws.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
            return [event["message"] for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def runs(self, name: str) -> list[dict[str, Any]]:
        """What `NOTING` wrote down."""
        return [json.loads(line[4:]) for line in self.lines(name) if line.startswith("RAN ")]

    def events(self, name: str, count: int = 1, timeout: float = 60) -> list[Any]:
        """The events of the first `count` runs, once there are as many; one run more fails the test, now or later."""
        wait_until(lambda: len(self.runs(name)) >= count, f"{count} runs of {name}", timeout)
        runs = self.runs(name)
        assert len(runs) == count, runs
        starts = [line for line in self.lines(name) if line.startswith("START")]
        assert len(starts) == count, starts
        return [run["event"] for run in runs]


def sum_of(aws: Aws, metric: str, **dimensions: str) -> float:
    """The sum of one of Lambda's metrics over the last minutes."""
    now = datetime.now(UTC)
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))
