"""Updates and rollbacks of nested stacks."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from groundcloud.stacks.attributes import without_attributes
from tests.support.aws import Aws
from tests.support.processes import poll

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
METHOD = {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}
TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
STATES = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
LAMBDA = {"Service": "lambda.amazonaws.com"}
ASSUMED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}],
}
CODE = {
    "Code": {"ZipFile": "x"},
    "Handler": "a.b",
    "Runtime": "python3.11",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
}
RESOURCES: dict[str, Any] = {
    "Function": {"Type": "AWS::Lambda::Function", "Properties": CODE},
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Group": {"Type": "AWS::Logs::LogGroup"},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ASSUMED}},
    "Pool": {"Type": "AWS::Cognito::UserPool"},
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}}},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Machine": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"DefinitionString": json.dumps(STATES), "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
    },
}
ATTRIBUTES = [
    *(f"{name}.Arn" for name in ("Function", "Table", "Queue", "Bucket", "Group", "Role", "Pool", "Key", "Machine")),
    *("Queue.QueueName", "Pool.ProviderName", "Topic.TopicName", "Topic.TopicArn"),
]
BROKEN = {
    "Type": "Custom::Broken",
    "DependsOn": "Inner",
    "Properties": {"ServiceToken": {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:nobody"}},
}


@pytest.fixture
def name() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


def outputs() -> dict[str, Any]:
    return {item.replace(".", ""): {"Value": {"Fn::GetAtt": item.split(".")}} for item in ATTRIBUTES}


def settled(cfn: Any, stack: str) -> dict[str, Any]:
    """The stack once its operation is over."""

    def look() -> Any:
        found = cfn.describe_stacks(StackName=stack)["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    return dict(poll(look, timeout=60, what=f"the end of the operation on {stack}"))


def values(stack: dict[str, Any]) -> dict[str, str]:
    return {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}


def test_computed_attributes_are_the_real_ones(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html"""
    cfn = aws.client("cloudformation")
    computed = without_attributes({"Resources": RESOURCES, "Outputs": outputs()})["Outputs"]
    assert "Fn::GetAtt" not in json.dumps(computed)
    both = {**outputs(), **{f"{key}Computed": value for key, value in computed.items()}}
    template = json.dumps({"Resources": RESOURCES, "Outputs": both})
    cfn.create_stack(StackName=name, TemplateBody=template, Capabilities=CAPABILITIES)
    found = values(settled(cfn, name))
    assert {key: found[f"{key}Computed"] for key in outputs()} == {key: found[key] for key in outputs()}


def test_a_nested_stack_is_updated_and_rolled_back(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"""
    cfn, s3, apigateway = aws.client("cloudformation"), aws.client("s3"), aws.client("apigateway")
    bucket = f"templates-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)

    def parent(path: str, **more: Any) -> str:
        body = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {path: METHOD}}
        api = {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}}
        child = json.dumps({"Resources": {**RESOURCES, **api}, "Outputs": outputs()})
        s3.put_object(Bucket=bucket, Key=path[1:], Body=child)
        url = f"https://{bucket}.s3.us-east-1.amazonaws.com{path}"
        inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
        shown = {"Role": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.RoleArn"]}}}
        return json.dumps({"Resources": {"Inner": inner, **more}, "Outputs": shown})

    def paths() -> set[str]:
        (api,) = apigateway.get_rest_apis()["items"]
        found = apigateway.get_resources(restApiId=api["id"], embed=["methods"])["items"]
        return {item["path"] for item in found if item.get("resourceMethods")}

    cfn.create_stack(StackName=name, TemplateBody=parent("/one"), Capabilities=CAPABILITIES)
    before = settled(cfn, name)
    assert (before["StackStatus"], paths()) == ("CREATE_COMPLETE", {"/one"})
    cfn.update_stack(StackName=name, TemplateBody=parent("/two"), Capabilities=CAPABILITIES)
    after = settled(cfn, name)
    assert (after["StackStatus"], paths()) == ("UPDATE_COMPLETE", {"/two"})
    assert values(after) == values(before)
    cfn.update_stack(StackName=name, TemplateBody=parent("/three", Broken=BROKEN), Capabilities=CAPABILITIES)
    assert (settled(cfn, name)["StackStatus"], paths()) == ("UPDATE_ROLLBACK_COMPLETE", {"/two"})
