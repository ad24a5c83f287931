"""What CloudFormation refuses, and what it must never do to resources outside the stack."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws

TABLE = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def name() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


def one(kind: str, **properties: Any) -> str:
    """A template with one resource called `Thing`."""
    return json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": properties}}})


def refusal(aws: Aws, name: str, template: str, **more: Any) -> dict[str, str]:
    """The error that creating the stack answers; no stack may be left."""
    cfn = aws.client("cloudformation")
    with pytest.raises(ClientError) as refused:
        cfn.create_stack(StackName=name, TemplateBody=template, **more)
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName=name)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return dict(refused.value.response["Error"])


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Resources:\n  A: [1\n  B: 2", "Template format error: YAML not well-formed. (line 3, column 4)"),
        ('{"Resources": }', "Template format error: JSON not well-formed. (line 1, column 15)"),
        ("just words", "Template format error: unsupported structure."),
        ("Outputs: {}", "Template format error: At least one Resources member must be defined."),
        (one("AWS::Foo::Bar"), "Template format error: Unrecognized resource types: [AWS::Foo::Bar]"),
    ],
)
def test_a_malformed_template(aws: Aws, name: str, template: str, message: str) -> None:
    """Wordings of CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html"""
    error = refusal(aws, name, template)
    assert (error["Code"], error["Message"]) == ("ValidationError", message)


def test_a_type_that_only_aws_has_is_told_from_a_misspelt_one(aws: Aws, name: str) -> None:
    """Types: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html"""
    message = refusal(aws, name, one("AWS::GameLift::Fleet", Name="f"))["Message"]
    assert message.startswith("Template format error: Unrecognized resource types: [AWS::GameLift::Fleet]")
    assert "AWS has AWS::GameLift::Fleet, Groundcloud does not yet" in message


def test_an_invalid_sam_document(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-serverless.html"""
    template = "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Api, Properties: {}}}"
    error = refusal(aws, name, template, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert error["Message"] == (
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. "
        "Number of errors found: 1. Resource with id [A] is invalid. Missing required property 'StageName'."
    )


def test_capabilities_are_required(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Capabilities)"""
    error = refusal(aws, name, one("AWS::IAM::Role", AssumeRolePolicyDocument={}))
    assert error == {
        "Code": "InsufficientCapabilitiesException",
        "Message": "Requires capabilities : [CAPABILITY_IAM]",
        "Type": "Sender",
    }
    sam = "Transform: AWS::Serverless-2016-10-31\nResources: {T: {Type: AWS::Serverless::SimpleTable}}"
    assert refusal(aws, name, sam)["Message"] == "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"


def test_a_circle_is_refused_though_the_engine_could_make_it(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (circular dependency)"""
    template = """
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.12
      InlineCode: x
      Environment: {Variables: {URL: !Sub "https://${ServerlessRestApi}.example"}}
      Events: {A: {Type: Api, Properties: {Path: /, Method: get}}}
"""
    error = refusal(aws, name, template, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert error["Message"].startswith("Circular dependency between resources: [")


def function(**properties: Any) -> str:
    role = "arn:aws:iam::000000000000:role/r"
    return one("AWS::Lambda::Function", Handler="a.b", Runtime="python3.12", Role=role, **properties)


def test_reserved_variables_fail_the_deployment(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    variables = {"Variables": {"AWS_REGION": "x"}}
    message = refusal(aws, name, function(Code={"ZipFile": "x"}, Environment=variables))["Message"]
    assert "Lambda was unable to configure your environment variables" in message
    assert message.endswith("Reserved keys used in this request: AWS_REGION")


def test_a_missing_code_object_fails_the_deployment(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html"""
    bucket = f"code-{uuid.uuid4().hex[:8]}"
    template = function(Code={"S3Bucket": bucket, "S3Key": "f.zip"})
    assert "S3 Error Code: NoSuchBucket" in refusal(aws, name, template)["Message"]
    aws.client("s3").create_bucket(Bucket=bucket)
    assert "S3 Error Code: NoSuchKey" in refusal(aws, name, template)["Message"]


def test_a_template_that_is_not_there(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (TemplateURL)"""
    with pytest.raises(ClientError, match="S3 error: The specified bucket does not exist"):
        aws.client("cloudformation").create_stack(
            StackName=name, TemplateURL=f"https://no-{uuid.uuid4().hex}.s3.us-east-1.amazonaws.com/t.yaml"
        )


def test_a_table_that_exists_is_not_emptied(aws: Aws, name: str) -> None:
    """A custom name must be unique: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"""
    dynamodb, cfn = aws.client("dynamodb"), aws.client("cloudformation")
    table = f"table-{uuid.uuid4().hex[:8]}"
    template = one("AWS::DynamoDB::Table", TableName={"Fn::Join": ["-", table.split("-")]}, **TABLE)
    change = {"StackName": f"{name}-late", "ChangeSetName": "late"}
    cfn.create_change_set(**change, ChangeSetType="CREATE", TemplateBody=template)
    dynamodb.create_table(TableName=table, **TABLE)
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    expected = f"Resource of type 'AWS::DynamoDB::Table' with identifier '{table}' already exists."
    assert expected in refusal(aws, name, template)["Message"]
    with pytest.raises(ClientError, match="already exists"):
        cfn.execute_change_set(**change)
    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_a_table_that_an_earlier_stack_left_is_not_emptied(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html (Retain)"""
    dynamodb, cfn = aws.client("dynamodb"), aws.client("cloudformation")
    resource = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain", "Properties": TABLE}
    template = json.dumps({"Resources": {"Thing": resource}})
    quick = {"Delay": 0.05, "MaxAttempts": 100}
    cfn.create_stack(StackName=name, TemplateBody=template)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=quick)
    (table,) = dynamodb.list_tables()["TableNames"]
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=quick)
    assert "already exists" in refusal(aws, name, template)["Message"]
    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_a_stack_may_update_what_is_its_own(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html"""
    cfn = aws.client("cloudformation")
    queue = f"queue-{uuid.uuid4().hex[:8]}"
    quick = {"Delay": 0.05, "MaxAttempts": 100}
    cfn.create_stack(StackName=name, TemplateBody=one("AWS::SQS::Queue", QueueName=queue))
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=quick)
    cfn.update_stack(StackName=name, TemplateBody=one("AWS::SQS::Queue", QueueName=queue, DelaySeconds=3))
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=quick)
    assert "already exists" in refusal(aws, f"{name}-other", one("AWS::SQS::Queue", QueueName=queue))["Message"]


def test_a_template_with_language_extensions_is_guarded_like_any_other(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html; a
    table that a loop names and that exists keeps its items."""
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(TableName="mine-a", **TABLE)
    dynamodb.put_item(TableName="mine-a", Item={"id": {"S": "kept"}})
    fragment = {"Table${N}": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Fn::Sub": "mine-${N}"}}}}
    fragment["Table${N}"]["Properties"].update(TABLE)
    template = {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::T": ["N", ["a"], fragment]}}
    error = refusal(aws, name, json.dumps(template), Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert "Resource of type 'AWS::DynamoDB::Table' with identifier 'mine-a' already exists." in error["Message"]
    assert dynamodb.scan(TableName="mine-a")["Count"] == 1
    function = {"Code": {"S3Bucket": "nowhere", "S3Key": "x"}, "Role": "arn:aws:iam::000000000000:role/r"}
    template["Resources"] = {"F": {"Type": "AWS::Lambda::Function", "Properties": function}}
    error = refusal(aws, name, json.dumps(template), Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert error["Message"].startswith("Resource F cannot be deployed: ")


def test_language_extensions_deploy(aws: Aws, name: str) -> None:
    """Same page: loops, Fn::Length, Fn::ToJsonString of what only the deployment knows, before a SAM transform."""
    text = {"Fn::ToJsonString": {"first": {"Fn::GetAtt": ["QueueA", "QueueName"]}, "many": {"Fn::Length": ["A", "B"]}}}
    template = {
        "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
        "Resources": {
            "Fn::ForEach::Queues": ["N", ["A", "B"], {"Queue${N}": {"Type": "AWS::SQS::Queue"}}],
            "Table": {"Type": "AWS::Serverless::SimpleTable"},
            "Told": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": text}},
        },
        "Outputs": {
            "Told": {"Value": {"Ref": "Told"}},
            "Fn::ForEach::O": ["N", ["A", "B"], {"Name${N}": {"Value": {"Fn::GetAtt": ["Queue${N}", "QueueName"]}}}],
        },
    }
    cfn = aws.client("cloudformation")
    cfn.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_AUTO_EXPAND"])
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    told = {one["OutputKey"]: one["OutputValue"] for one in cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    value = aws.client("ssm").get_parameter(Name=told["Told"])["Parameter"]["Value"]
    assert json.loads(value) == {"first": told["NameA"], "many": 2}
    assert told["NameB"] in "".join(aws.client("sqs").list_queues()["QueueUrls"])


@pytest.mark.parametrize("transform", ["Mine", ["AWS::Serverless-2016-10-31", "Mine"]], ids=["alone", "behind SAM's"])
def test_a_transform_that_does_not_exist_fails_the_deployment(aws: Aws, name: str, transform: Any) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html; in a change set, too."""
    account = aws.account
    body = json.dumps({"Transform": transform, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}})
    error = refusal(aws, name, body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert error["Message"] == f"No transform named {account}::Mine found."
    with pytest.raises(ClientError, match="No transform named"):
        aws.client("cloudformation").create_change_set(
            StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body
        )


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Lambda::Permission", {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}),
        ("AWS::Lambda::Alias", {"Name": "live", "FunctionVersion": "1"}),
    ],
    ids=["permission", "alias"],
)
def test_what_belongs_to_a_function_that_is_not_there(
    aws: Aws, name: str, account: str, kind: str, properties: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html,
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html: ResourceNotFoundException fails the resource."""
    message = refusal(aws, name, one(kind, FunctionName="nobody", **properties))["Message"]
    arn = f"arn:aws:lambda:us-east-1:{account}:function:nobody"
    assert message == f"Resource Thing cannot be deployed: Function not found: {arn}"
