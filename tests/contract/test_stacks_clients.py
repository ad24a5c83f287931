"""The dangers of a deployment, closed for every client that deploys: `ground deploy`, `aws cloudformation deploy` and
`sam deploy` (which is slow to start). What boto3 answers: `test_stacks_guards.py`; what the
deploy library says: `test_deploy_stages.py`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.prepare import aws_command, sam_command
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.processes import poll
from tests.support.users import trust

TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
BROKEN = {
    "Type": "Custom::Broken",
    "DependsOn": "Queue",
    "Properties": {"ServiceToken": {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:nobody"}},
}
"""A custom resource without its function: it fails while the stack is made."""

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": json.loads(trust({"Service": "lambda.amazonaws.com"}))},
}
DEADLINE = 100

Client = Callable[[Path, str], list[str]]


def ground(template: Path, stack: str) -> list[str]:
    return [sys.executable, "-m", "groundcloud.cli", "deploy", str(template), "--stack-name", stack, "--yes"]


def aws_cli(template: Path, stack: str) -> list[str]:
    command = str(aws_command())
    return [command, "cloudformation", "deploy", "--template-file", str(template), "--stack-name", stack]


def sam_cli(template: Path, stack: str) -> list[str]:
    given = ["--template-file", str(template), "--stack-name", stack, "--resolve-s3", "--no-confirm-changeset"]
    return [str(sam_command()), "deploy", *given]


CLIENTS = [
    pytest.param(ground, id="ground", marks=pytest.mark.slow),
    pytest.param(aws_cli, id="aws"),
    pytest.param(sam_cli, id="sam", marks=pytest.mark.slow),
]


class Deployment:
    """One stack, deployed by one client."""

    def __init__(self, client: Client, cloud: Cloud, aws: Aws, folder: Path) -> None:
        self.client = client
        self.stack = f"stack-{uuid.uuid4().hex[:8]}"
        account = {"GROUNDCLOUD_ACCESS_KEY_ID": aws.access_key, "SAM_CLI_TELEMETRY": "0"}
        self._environ = {**cloud.environ, **aws.environ(), **account}
        self._file = folder / "template.json"
        self._ended = 0

    def __call__(self, **resources: Any) -> tuple[bool, str]:
        """Whether it went through, and everything that was said."""
        # The aws CLI names a change set by the second, and refuses two of a name, as AWS does.
        poll(lambda: int(time.time()) > self._ended, timeout=60, what="the next second")
        self._file.write_text(json.dumps({"Resources": resources}))
        command = self.client(self._file, self.stack)
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, timeout=DEADLINE)
        self._ended = int(time.time())
        return done.returncode == 0, " ".join((done.stdout + done.stderr).split())


@pytest.fixture(params=CLIENTS)
def deploy(request: Any, cloud: Cloud, aws: Aws, tmp_path: Path) -> Deployment:
    return Deployment(request.param, cloud, aws, tmp_path)


def test_a_table_that_exists_keeps_what_it_holds(deploy: Deployment, aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"""
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(TableName="taken", **TABLE)
    dynamodb.put_item(TableName="taken", Item={"id": {"S": "1"}})
    went, said = deploy(Table={"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "taken", **TABLE}})
    assert (went, "already exists" in said) == (False, True), said
    assert dynamodb.scan(TableName="taken")["Count"] == 1


def test_a_missing_code_object_fails(deploy: Deployment, aws: Aws) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html"""
    code = {"S3Bucket": f"no-such-bucket-{aws.access_key}", "S3Key": "f.zip"}
    role = f"arn:aws:iam::{aws.access_key}:role/r"
    properties = {"Handler": "a.b", "Runtime": "python3.12", "Role": role, "Code": code, "FunctionName": "f"}
    went, said = deploy(F={"Type": "AWS::Lambda::Function", "Properties": properties})
    assert (went, "S3 Error Code: NoSuchBucket" in said) == (False, True), said
    assert aws.client("lambda").list_functions()["Functions"] == []


def test_a_failed_update_goes_back(deploy: Deployment, aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html; what a failed create
    leaves, each client tells in its own way, and none leaves a resource."""
    went, said = deploy(Queue={"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 1}})
    assert went, said
    (url,) = aws.client("sqs").list_queues()["QueueUrls"]
    went, said = deploy(Queue={"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 2}}, Broken=BROKEN)
    assert not went, said
    (stack,) = aws.client("cloudformation").describe_stacks(StackName=deploy.stack)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", said
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"] == {"DelaySeconds": "1"}


@pytest.mark.slow
@pytest.mark.parametrize("client", CLIENTS[1:])
def test_roles_need_the_capability(client: Client, cloud: Cloud, aws: Aws, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html (Capabilities);
    `ground deploy` shows the plan and acknowledges by itself."""
    deploy = Deployment(client, cloud, aws, tmp_path)
    went, said = deploy(Role=ROLE)
    assert (went, "Requires capabilities : [CAPABILITY_IAM]" in said) == (False, True), said
    assert aws.client("iam").list_roles()["Roles"] == []
