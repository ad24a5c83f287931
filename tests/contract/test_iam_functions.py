"""What functions' roles may do, and what Lambda may do with them. Sources are below https://docs.aws.amazon.com/."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud

DEADLINE = 20
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
CODE = """
import boto3
def handler(event, context):
    if "put" in event:
        boto3.client("dynamodb").put_item(TableName=event["put"], Item={"id": {"S": "a"}})
    return boto3.client("sts").get_caller_identity()["Arn"]
"""


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def make(aws: Aws, name: str, trust: dict[str, Any] = LAMBDA) -> str:
    """A function with a role of its own that has no policy; the role's name is the function's."""
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", CODE)
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName=name)
    return str(made["FunctionArn"])


def call(aws: Aws, name: str, event: dict[str, Any]) -> Any:
    return json.loads(aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))["Payload"].read())


def allow(aws: Aws, role: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    aws.client("iam").put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document(statement))


def test_a_function_may_what_its_role_may(aws: Aws, cloud: Cloud, account: str) -> None:
    """lambda/latest/dg/lambda-intro-execution-role.html; the message:
    IAM/latest/UserGuide/troubleshoot_access-denied.html. The policy for it names the table."""
    aws.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/orders"
    make(aws, "writer")
    answer = call(aws, "writer", {"put": "orders"})
    assert answer["errorMessage"] == (
        "An error occurred (AccessDeniedException) when calling the PutItem operation: User: "
        f"arn:aws:sts::{account}:assumed-role/writer/writer is not authorized to perform: dynamodb:PutItem on "
        f"resource: {table} because no identity-based policy allows the dynamodb:PutItem action"
    )
    advice = cloud.control("/iam/policy", params={"function": "writer", "account": account}).json()
    wanted = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table}
    assert wanted in advice["missing"] and wanted in advice["policy"]["Statement"]
    aws.client("iam").put_role_policy(RoleName="writer", PolicyName="p", PolicyDocument=json.dumps(advice["policy"]))
    assert call(aws, "writer", {"put": "orders"}) == f"arn:aws:sts::{account}:assumed-role/writer/writer"


def test_a_role_that_does_not_trust_lambda_runs_nothing(aws: Aws) -> None:
    """lambda/latest/dg/troubleshooting-execution.html: "The role defined for the function cannot be assumed by
    Lambda"."""
    other = {**LAMBDA, "Principal": {"Service": "ec2.amazonaws.com"}}
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        make(aws, "stray", other)
        call(aws, "stray", {})


def test_destinations_need_the_roles_permission(aws: Aws, cloud: Cloud, account: str) -> None:
    """lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations"""
    make(aws, "sender")
    sqs, url = aws.client("sqs"), aws.client("sqs").create_queue(QueueName="results")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{account}:results"
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName="sender", DestinationConfig={"OnSuccess": {"Destination": queue}}
    )
    aws.client("lambda").invoke(FunctionName="sender", InvocationType="Event", Payload=b"{}")
    denied = wait_for_denial(cloud, f"{account}:assumed-role/sender")
    assert (denied["action"], denied["resource"]) == ("sqs:SendMessage", queue)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    allow(aws, "sender", "sqs:SendMessage", queue)
    aws.client("lambda").invoke(FunctionName="sender", InvocationType="Event", Payload=b"{}")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=DEADLINE)["Messages"]
    assert json.loads(message["Body"])["requestContext"]["condition"] == "Success"


def test_a_dead_letter_target_needs_the_roles_permission(aws: Aws, cloud: Cloud, account: str) -> None:
    """lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq; the sentence:
    https://github.com/aws-samples/aws-serverless-ecommerce-platform/issues/41"""
    make(aws, "buried")
    aws.client("sqs").create_queue(QueueName="dead")
    queue, topic = f"arn:aws:sqs:us-east-1:{account}:dead", aws.client("sns").create_topic(Name="dead")["TopicArn"]
    functions = aws.client("lambda")
    for target, call in ((queue, "SendMessage on SQS"), (topic, "Publish on SNS")):
        with pytest.raises(ClientError) as refused:
            functions.update_function_configuration(FunctionName="buried", DeadLetterConfig={"TargetArn": target})
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidParameterValueException"
        assert error["Message"] == f"The provided execution role does not have permissions to call {call}"
    denied = wait_for_denial(cloud, f"{account}:assumed-role/buried")
    assert (denied["action"], denied["resource"]) == ("sns:Publish", topic)
    allow(aws, "buried", "sqs:SendMessage", queue)
    made = functions.update_function_configuration(FunctionName="buried", DeadLetterConfig={"TargetArn": queue})
    assert made["DeadLetterConfig"] == {"TargetArn": queue}


def wait_for_denial(cloud: Cloud, principal: str) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        found = cloud.control("/iam/decisions", params={"denied": "1", "principal": principal}).json()["decisions"]
        if found:
            return dict(found[0])
    raise AssertionError(f"nothing was denied to {principal}")
