"""Names, parameters and states that CloudFormation refuses before it touches anything."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.support.aws import Aws

QUEUE = {"Type": "AWS::SQS::Queue"}
QUICK = {"Delay": 0.05, "MaxAttempts": 200}


@pytest.fixture
def name() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


def template(resources: dict[str, Any] | None = None, **sections: Any) -> str:
    return json.dumps({"Resources": resources or {"Q": QUEUE}, **sections})


def named(value: Any) -> dict[str, Any]:
    """A queue of that name."""
    return {"Q": {**QUEUE, "Properties": {"QueueName": value}}}


def refusal(aws: Aws, name: str, body: str, **parameters: str) -> str:
    """What creating the stack and planning it both answer; no stack may be left."""
    cfn = aws.client("cloudformation")
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    with pytest.raises(ClientError) as refused:
        cfn.create_stack(StackName=name, TemplateBody=body, Parameters=given)
    with pytest.raises(ClientError) as planned:
        cfn.create_change_set(
            StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body, Parameters=given
        )
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName=name)
    error = refused.value.response["Error"]
    assert (error["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationError", 400)
    assert planned.value.response["Error"]["Message"] == error["Message"]
    return str(error["Message"])


UNRESOLVED = "Template format error: Unresolved resource dependencies [{}] in the {} block of the template"
UNDEFINED = "Template error: instance of Fn::GetAtt references undefined resource Nope"
NEVER = {"Never": {"Fn::Equals": ["a", "b"]}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (template(named({"Ref": "Nope"})), UNRESOLVED.format("Nope", "Resources")),
        (template(named({"Fn::Sub": "${Nope}-${AWS::Region}-${!Kept}"})), UNRESOLVED.format("Nope", "Resources")),
        (template({"Q": {**QUEUE, "DependsOn": ["Nope", "Nor"]}}), UNRESOLVED.format("Nope, Nor", "Resources")),
        (template(Outputs={"O": {"Value": {"Ref": "Nope"}}}), UNRESOLVED.format("Nope", "Outputs")),
        (template(named({"Fn::GetAtt": ["Nope", "Arn"]})), UNDEFINED),
        (template(Outputs={"O": {"Value": {"Fn::Join": ["", [{"Fn::GetAtt": "Nope.Arn"}]]}}}), UNDEFINED),
        (
            template(
                {"Q": QUEUE, "Off": {**QUEUE, "Condition": "Never"}},
                Conditions=NEVER,
                Outputs={"O": {"Value": {"Ref": "Off"}}},
            ),
            UNRESOLVED.format("Off", "Outputs"),
        ),
        (
            template({"Q": {**QUEUE, "Condition": "Nope"}}),
            "Template format error: Unresolved condition dependency Nope in the Resources block of the template",
        ),
        (
            template(named({"Fn::If": ["Nope", "a", "b"]})),
            "Template error: unresolved condition dependency Nope in Fn::If",
        ),
        (
            template(Conditions={"C": {"Fn::Equals": [{"Ref": "Q"}, "x"]}}),
            "Template format error: Unresolved dependencies [Q]. Cannot reference resources in the Conditions block "
            "of the template",
        ),
    ],
)
def test_an_undefined_name_is_refused(aws: Aws, name: str, body: str, message: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (validation errors) and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html"""
    assert refusal(aws, name, body) == message
    if "Off" not in body:
        with pytest.raises(ClientError) as refused:
            aws.client("cloudformation").validate_template(TemplateBody=body)
        assert refused.value.response["Error"]["Message"] == message


def test_what_a_condition_leaves_out_may_be_named_where_it_is_not_used(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html"""
    cfn = aws.client("cloudformation")
    body = template(
        {"Q": {**QUEUE, "DependsOn": "Off"}, "Off": {**QUEUE, "Condition": "Never"}},
        Conditions=NEVER,
        Outputs={
            "A": {"Value": {"Fn::If": ["Never", {"Ref": "Off"}, "none"]}},
            "B": {"Condition": "Never", "Value": {"Fn::GetAtt": ["Off", "Arn"]}},
        },
    )
    cfn.create_stack(StackName=name, TemplateBody=body)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    (output,) = cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert (output["OutputKey"], output["OutputValue"]) == ("A", "none")


def parameter(**spec: Any) -> str:
    return template(Parameters={"P": {"Type": "String", **spec}})


@pytest.mark.parametrize(
    ("body", "given", "message"),
    [
        (parameter(), {}, "Parameters: [P] must have values"),
        (parameter(Default="x"), {"X": "1"}, "Parameters: [X] do not exist in the template"),
        (parameter(AllowedValues=["a", "b"]), {"P": "c"}, "Parameter 'P' must be one of AllowedValues"),
        (
            parameter(AllowedValues=["a"], ConstraintDescription="must be a."),
            {"P": "c"},
            "Parameter P failed to satisfy constraint: must be a.",
        ),
        (parameter(AllowedPattern="[a-z]+"), {"P": "C"}, "Parameter 'P' must match pattern [a-z]+"),
        (parameter(MinLength=3), {"P": "ab"}, "Parameter 'P' must contain at least 3 characters"),
        (parameter(Type="Number"), {"P": "c"}, "Parameter 'P' must be a number"),
        (parameter(Type="Number", MaxValue=3), {"P": "4"}, "Parameter 'P' must be a number not greater than 3"),
    ],
)
def test_a_parameter_that_breaks_its_rules(aws: Aws, name: str, body: str, given: dict[str, str], message: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    assert refusal(aws, name, body, **given) == message


def test_allowed_values_compare_as_text_and_lists_by_member(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"""
    cfn = aws.client("cloudformation")
    body = template(
        Parameters={
            "Flag": {"Type": "String", "Default": True, "AllowedValues": [True, False]},
            "Names": {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b", "c"]},
        },
        Outputs={"O": {"Value": {"Fn::Join": ["-", [{"Ref": "Flag"}, {"Fn::Select": [1, {"Ref": "Names"}]}]]}}},
    )
    given = [{"ParameterKey": "Names", "ParameterValue": "a,c"}]
    cfn.create_stack(StackName=name, TemplateBody=body, Parameters=given)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    assert cfn.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"] == "true-c"


def test_a_stack_that_rolled_back_cannot_be_updated(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-status-codes.html (ROLLBACK_COMPLETE:
    "any stack operation other than delete" is refused)"""
    cfn = aws.client("cloudformation")
    failing = template(Outputs={"O": {"Value": {"Fn::GetAtt": ["Q", "Nothing"]}}})
    stack = cfn.create_stack(StackName=name, TemplateBody=failing)["StackId"]
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    message = f"Stack:{stack} is in ROLLBACK_COMPLETE state and can not be updated."
    with pytest.raises(ClientError) as refused:
        cfn.update_stack(StackName=name, TemplateBody=template())
    assert refused.value.response["Error"]["Message"] == message
    with pytest.raises(ClientError) as refused:
        cfn.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=template())
    assert refused.value.response["Error"]["Message"] == message
    with pytest.raises(ClientError, match="already exists and cannot be created again with the changeSet"):
        cfn.create_change_set(StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template())
    with pytest.raises(cfn.exceptions.AlreadyExistsException):
        cfn.create_stack(StackName=name, TemplateBody=template())


def code_of(bucket: str) -> str:
    role = "arn:aws:iam::000000000000:role/r"
    code = {"S3Bucket": bucket, "S3Key": "missing.zip"}
    properties = {"Handler": "a.b", "Runtime": "python3.12", "Role": role, "Code": code}
    return template({"F": {"Type": "AWS::Lambda::Function", "Properties": properties}})


def test_code_that_is_missing_when_the_plan_is_executed(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList (NoSuchBucket, NoSuchKey)"""
    cfn, bucket = aws.client("cloudformation"), f"code-{uuid.uuid4().hex[:8]}"
    change = {"StackName": name, "ChangeSetName": "c"}
    cfn.create_change_set(**change, ChangeSetType="CREATE", TemplateBody=code_of(bucket))
    with pytest.raises(ClientError, match=r"S3 Error Code: NoSuchBucket\. S3 Error Message: The specified bucket does"):
        cfn.execute_change_set(**change)
    aws.client("s3").create_bucket(Bucket=bucket)
    with pytest.raises(ClientError, match=r"S3 Error Code: NoSuchKey\. S3 Error Message: The specified key does not"):
        cfn.execute_change_set(**change)


def test_variables_larger_than_lambda_takes(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (4 KB of environment variables)"""
    role = "arn:aws:iam::000000000000:role/r"
    properties = {"Handler": "a.b", "Runtime": "python3.12", "Role": role, "Code": {"ZipFile": "x"}}
    environment = {"Variables": {"A": "x" * 2048, "B": {"Fn::Join": ["", ["y" * 1024, "z" * 1024]]}}}
    function = {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Environment": environment}}
    message = refusal(aws, name, template({"F": function}))
    assert (
        "Lambda was unable to configure your environment variables because the environment variables you have "
        "provided exceeded the 4KB limit. String measured: {"
    ) in message


def test_what_does_not_exist_cannot_be_updated_nor_planned_to_be(aws: Aws, name: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html (ChangeSetType),
    wording: recordings of `aws cloudformation deploy` against AWS. A name taken elsewhere is not what is wrong."""
    cfn, queue = aws.client("cloudformation"), f"{name}-q"
    aws.client("sqs").create_queue(QueueName=queue)
    body = template(named(queue))
    for call in (
        lambda: cfn.update_stack(StackName=name, TemplateBody=body),
        lambda: cfn.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=body),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "ValidationError"
        assert refused.value.response["Error"]["Message"] == f"Stack [{name}] does not exist"
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName=name)
