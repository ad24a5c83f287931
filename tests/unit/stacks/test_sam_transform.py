"""The SAM transform and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.stacks.parse import parse_template
from groundcloud.stacks.sam import transform
from groundcloud.stacks.transforms import declared_transforms

HEAD = "Transform: AWS::Serverless-2016-10-31\n"


def translated(text: str, region: str = "us-east-1", **parameters: Any) -> dict[str, Any]:
    return transform(parse_template(HEAD + text), parameters, region)


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("X", ["X"]),
        (["X", {"Name": "Y", "Parameters": {}}], ["X", "Y"]),
        ({"Name": "Y"}, ["Y"]),
        (None, []),
        ([1, {}], []),
    ],
)
def test_transforms_are_declared_in_several_forms(section: Any, names: list[str]) -> None:
    assert declared_transforms({"Transform": section}) == names


def test_parameters_decide_what_is_made() -> None:
    text = """
Parameters: {Stage: {Type: String, Default: dev}}
Resources: {Api: {Type: AWS::Serverless::Api, Properties: {StageName: !Ref Stage, DefinitionBody: {paths: {}}}}}
"""
    assert "ApidevStage" not in translated(text, Stage="prod")["Resources"]
    result = translated(text, Stage="prod")
    assert "Transform" not in result
    assert result["Resources"]["Api"]["Type"] == "AWS::ApiGateway::RestApi"


def test_managed_policies_are_named_without_asking_anyone() -> None:
    text = """
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Runtime: python3.12, InlineCode: x, Policies: [AWSLambdaSQSQueueExecutionRole]}
"""
    for region, partition in (("us-east-1", "aws"), ("cn-north-1", "aws-cn")):
        arns = translated(text, region)["Resources"]["FRole"]["Properties"]["ManagedPolicyArns"]
        assert f"arn:{partition}:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole" in arns


def test_a_shared_yaml_value_is_not_changed_twice() -> None:
    text = """
Resources:
  A: {Type: AWS::Serverless::Function, Properties: &P {Handler: a.b, Runtime: python3.12, InlineCode: x}}
  B: {Type: AWS::Serverless::Function, Properties: *P}
"""
    assert {"ARole", "BRole"} <= set(translated(text)["Resources"])


def test_the_input_is_left_as_it_was() -> None:
    template = parse_template(HEAD + "Resources: {T: {Type: AWS::Serverless::SimpleTable}}")
    before = repr(template)
    transform(template, {}, "us-east-1")
    assert repr(template) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Resources: {A: {Type: AWS::Serverless::Api, Properties: {}}}",
            "Number of errors found: 1. Resource with id [A] is invalid. Missing required property 'StageName'.",
        ),
        (
            "Resources: {S: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a}}}}",
            "Resource with id [S] is invalid. Applications of the AWS Serverless Application Repository cannot",
        ),
    ],
)
def test_an_invalid_document_is_refused_in_the_words_of_aws(text: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        translated(text)
    assert refused.value.message.startswith("Transform AWS::Serverless-2016-10-31 failed with: ")
    assert message in refused.value.message
