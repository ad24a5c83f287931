"""Users and roles deploy too: judged by their policies, and never less than they asked for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud

QUICK = {"Delay": 0.05, "MaxAttempts": 200}
QUEUE = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"A": {"Value": "1"}}})
METHOD = {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}
BODY = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/p": METHOD}}
API = json.dumps(
    {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "x", "Body": BODY}}}}
)


@pytest.fixture
def name() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def user(cloud: Cloud, aws: Aws) -> Iterator[Any]:
    """CloudFormation as a user who may do nothing yet; `allow` lets them use all of it."""
    iam = aws.client("iam")
    iam.create_user(UserName="dev")
    key = iam.create_access_key(UserName="dev")["AccessKey"]
    caller = Aws(cloud.endpoint, key["AccessKeyId"], secret=key["SecretAccessKey"])
    yield caller.client("cloudformation")
    caller.close()


def allow(aws: Aws) -> None:
    statement = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("iam").put_user_policy(UserName="dev", PolicyName="p", PolicyDocument=policy)


def test_who_may_not_deploy(user: Any, aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html"""
    with pytest.raises(ClientError, match="not authorized to perform: cloudformation:CreateStack"):
        user.create_stack(StackName=name, TemplateBody=QUEUE)
    with pytest.raises(ClientError, match="not authorized to perform: cloudformation:CreateChangeSet"):
        user.create_change_set(StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=API)
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("cloudformation").describe_stacks(StackName=name)


def test_a_user_deploys_a_whole_api_by_a_change_set(user: Any, aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html"""
    allow(aws)
    change = {"StackName": name, "ChangeSetName": "c"}
    user.create_change_set(**change, ChangeSetType="CREATE", TemplateBody=API)
    (item,) = user.describe_change_set(**change)["Changes"]
    assert item["ResourceChange"]["LogicalResourceId"] == "Api"
    user.execute_change_set(**change)
    user.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    assert user.get_template(StackName=name)["TemplateBody"] == json.loads(API)
    (listed,) = user.list_stack_resources(StackName=name)["StackResourceSummaries"]
    resources = aws.client("apigateway").get_resources(restApiId=listed["PhysicalResourceId"], embed=["methods"])
    assert {item["path"]: list(item.get("resourceMethods", {})) for item in resources["items"]} == {
        "/": [],
        "/p": ["GET"],
    }
    user.delete_stack(StackName=name)
    user.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)


def test_a_plan_that_is_refused_leaves_no_stack(user: Any, aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html"""
    allow(aws)
    template = QUEUE.replace('"1"', '{"Ref": "Nope"}')
    with pytest.raises(ClientError, match="Unresolved resource dependencies"):
        user.create_change_set(StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template)
    with pytest.raises(ClientError, match="does not exist"):
        user.describe_stacks(StackName=name)


def test_a_user_deploys_a_whole_api_without_a_plan(user: Any, aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""
    allow(aws)
    user.create_stack(StackName=name, TemplateBody=API)
    user.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    (listed,) = user.list_stack_resources(StackName=name)["StackResourceSummaries"]
    resources = aws.client("apigateway").get_resources(restApiId=listed["PhysicalResourceId"], embed=["methods"])
    assert {item["path"]: list(item.get("resourceMethods", {})) for item in resources["items"]}["/p"] == ["GET"]
