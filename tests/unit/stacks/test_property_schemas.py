"""What the schemas of resource types refuse, and what they leave open."""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from groundcloud.stacks.intrinsics import Evaluator, parameter_values
from groundcloud.stacks.properties import schema_problem
from groundcloud.stacks.schemas import schema_of

QUEUE, BUCKET, TABLE = "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::DynamoDB::Table"
TEMPLATE = {
    "Parameters": {
        "Seconds": {"Type": "Number", "Default": 30},
        "Late": {"Type": "AWS::SSM::Parameter::Value<String>"},
    },
    "Conditions": {"Yes": {"Fn::Equals": ["a", "a"]}, "Open": {"Fn::Equals": [{"Ref": "Late"}, "a"]}},
}


def faults(kind: str, properties: dict[str, Any]) -> list[str]:
    evaluator = Evaluator(TEMPLATE, parameter_values(TEMPLATE, {}), {"AWS::Region": "us-east-1"})
    found = schema_problem("Thing", kind, evaluator.outline(properties))
    if found is None:
        return []
    first, *others = found.message.split("\n")
    assert first == "Properties validation failed for resource Thing with message:"
    return others


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        (QUEUE, {"Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
        (QUEUE, {"DelaySeconds": "soon"}, "#/DelaySeconds: expected type: Integer, found: String"),
        (QUEUE, {"DelaySeconds": 1.5}, "#/DelaySeconds: expected type: Integer, found: Double"),
        (QUEUE, {"Tags": {"Key": "k"}}, "#/Tags: expected type: JSONArray, found: JSONObject"),
        (QUEUE, {"Tags": [{"Key": "k"}]}, "#/Tags/0: required key [Value] not found"),
        (QUEUE, {"QueueName": ["q"]}, "#/QueueName: expected type: String, found: JSONArray"),
        (QUEUE, {"FifoQueue": "perhaps"}, "#/FifoQueue: expected type: Boolean, found: String"),
        (TABLE, {}, "#: required key [KeySchema] not found"),
        (
            BUCKET,
            {"VersioningConfiguration": {"Status": "On"}},
            "#/VersioningConfiguration/Status: failed validation constraint for keyword [enum]",
        ),
        (
            "AWS::Logs::LogGroup",
            {"LogGroupName": ""},
            "#/LogGroupName: expected minLength: 1, actual: 0",
        ),
        (
            "AWS::Lambda::EventSourceMapping",
            {"FunctionName": "f", "MaximumRetryAttempts": 10_001},
            "#/MaximumRetryAttempts: failed validation constraint for keyword [maximum]",
        ),
        (
            "AWS::ApiGateway::RestApi",
            {"EndpointConfiguration": [True]},
            "#/EndpointConfiguration: expected type: JSONObject, found: JSONArray",
        ),
    ],
)
def test_a_property_is_refused_in_the_words_of_cloudformation(kind: str, properties: Any, words: str) -> None:
    assert faults(kind, properties) == [words]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (QUEUE, {"DelaySeconds": "5", "FifoQueue": "true", "QueueName": 12345}),
        (QUEUE, {"DelaySeconds": {"Ref": "Seconds"}, "QueueName": {"Ref": "Late"}, "Tags": {"Ref": "Late"}}),
        (QUEUE, {"DelaySeconds": "{{resolve:ssm:delay}}", "MessageRetentionPeriod": {"Fn::GetAtt": ["A", "B"]}}),
        (QUEUE, {"DelaySeconds": {"Fn::Sub": "{{resolve:ssm:${AWS::Region}}}"}, "Colour": {"Ref": "AWS::NoValue"}}),
        (QUEUE, {"Tags": [{"Fn::If": ["Open", {"Key": 1}, {"Nothing": 2}]}]}),
        (QUEUE, {"Tags": {"Fn::If": ["Yes", [{"Key": "k", "Value": {"Ref": "Late"}}], "x"]}}),
        ("AWS::Logs::LogGroup", {"RetentionInDays": "7"}),
        ("Custom::Thing", {"Any": {"thing": 1}}),
        ("AWS::CloudFormation::CustomResource", {"ServiceToken": "arn", "Any": 1}),
        ("Not::A::Type", {"Any": 1}),
    ],
)
def test_what_is_not_known_yet_or_can_be_read_so_is_taken(kind: str, properties: Any) -> None:
    assert faults(kind, properties) == []


def test_a_branch_of_a_condition_that_is_known_is_looked_at() -> None:
    tags = {"Fn::If": ["Yes", [{"Key": {"Ref": "Late"}}], {"Ref": "AWS::NoValue"}]}
    assert faults(QUEUE, {"Tags": tags}) == ["#/Tags/0: required key [Value] not found"]


def test_all_faults_of_a_resource_are_told() -> None:
    assert sorted(faults(QUEUE, {"A": 1, "B": 2})) == [f"#: extraneous key [{name}] is not permitted" for name in "AB"]


def test_schemas_are_read_without_their_prose() -> None:
    schema = schema_of(QUEUE)
    assert schema is not None and "description" not in schema and "FifoQueue" in schema["properties"]
    assert schema_of("AWS::SQS::Nothing") is None


def test_the_schemas_are_those_that_cfn_lint_reads() -> None:
    """https://github.com/aws-cloudformation/cfn-lint: the files are read without it, where its reader finds them."""
    for kind in ("AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::Cognito::UserPool"):
        theirs, ours = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema, schema_of(kind)
        assert ours is not None
        assert ours.get("required") == theirs.get("required")
        assert ours["properties"].keys() == theirs["properties"].keys()
