"""What is refused before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.stacks.checks import (
    WantedName,
    WantedObject,
    properties_problem,
    static_problem,
    wanted_names,
    wanted_objects,
)
from groundcloud.stacks.intrinsics import Evaluator, parameter_values


def evaluator_of(template: dict[str, Any]) -> Evaluator:
    return Evaluator(template, parameter_values(template, {}), {"AWS::StackName": "shop"})


def problem(resources: Any, **template: Any) -> str | None:
    whole = {"Resources": resources, **template}
    evaluator = evaluator_of(whole)
    found = static_problem(whole, evaluator) or properties_problem(whole, evaluator)
    return found.message if isinstance(found, AwsError) else None


def function(**properties: Any) -> dict[str, Any]:
    given = {"Code": {"ZipFile": "x"}, "Role": {"Ref": "Role"}, "Runtime": "python3.13", "Handler": "index.handler"}
    return {"Type": "AWS::Lambda::Function", "Properties": {**given, **properties}}


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        (None, "At least one Resources member must be defined."),
        ({}, "At least one Resources member must be defined."),
        ({"A": "text"}, "Every Resources member must be an object."),
        ({"A": {}}, "[/Resources/A] Every Resources object must contain a Type member."),
    ],
)
def test_malformed_resources(resources: Any, message: str) -> None:
    assert problem(resources) == f"Template format error: {message}"


def test_circles_are_found_through_every_kind_of_reference() -> None:
    circle = {
        "A": {"Type": "T", "Properties": {"X": {"Fn::Sub": "${B.Arn}"}}},
        "B": {"Type": "T", "Properties": {"X": [{"Fn::GetAtt": ["C", "Arn"]}]}},
        "C": {"Type": "T", "DependsOn": "D"},
        "D": {"Type": "T", "Properties": {"X": {"Fn::Sub": ["${v}", {"v": {"Ref": "A"}}]}}},
    }
    found = problem(circle)
    assert found is not None and found.startswith("Circular dependency between resources: [")
    assert {name for name in "ABCD" if name in found.partition("[")[2]} == set("ABCD")
    assert problem({**circle, "D": {"Type": "T", "Properties": {"X": {"Fn::Sub": "${!A}"}}}}) is None


def test_reserved_variables_are_refused_in_the_words_of_lambda() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    variables = {"Variables": {"AWS_REGION": "x", "_HANDLER": "y", "MINE": "z"}}
    found = problem({"F": function(Environment=variables), "Role": {"Type": "T"}})
    assert found is not None and found.startswith("Resource F cannot be deployed: Lambda was unable to configure")
    assert found.endswith("Reserved keys used in this request: AWS_REGION, _HANDLER")
    role = {"Role": {"Type": "T"}}
    assert problem({"F": function(Environment={"Variables": {"TZ": "UTC"}}), **role}) is None
    unused = {**function(Environment=variables), "Condition": "Never"}
    assert problem({"F": unused, **role}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}}) is None


def test_code_objects_are_found_where_they_are_known() -> None:
    template = {
        "Parameters": {"Bucket": {"Type": "String", "Default": "code"}},
        "Resources": {
            "F": function(Code={"S3Bucket": {"Ref": "Bucket"}, "S3Key": "f.zip", "S3ObjectVersion": "1"}),
            "Inline": function(Code={"ZipFile": "x"}),
            "Late": function(Code={"S3Bucket": {"Ref": "OwnBucket"}, "S3Key": "f.zip"}),
            "L": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": "b", "S3Key": "l.zip"}}},
        },
    }
    assert wanted_objects(template, evaluator_of(template)) == [
        WantedObject("F", "code", "f.zip", "1"),
        WantedObject("L", "b", "l.zip", None),
    ]


def test_names_are_found_where_they_are_known() -> None:
    def table(**properties: Any) -> dict[str, Any]:
        return {"Type": "AWS::DynamoDB::Table", "Properties": properties}

    template = {
        "Resources": {
            "Fixed": table(TableName="t"),
            "Built": table(TableName={"Fn::Sub": "${AWS::StackName}-t"}),
            "Made": table(BillingMode="PAY_PER_REQUEST"),
            "Late": table(TableName={"Ref": "Other"}),
            "Unused": {**table(TableName="u"), "Condition": "Never"},
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        },
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    }
    assert wanted_names(template, evaluator_of(template), "shop") == [
        WantedName("Fixed", "AWS::DynamoDB::Table", "t"),
        WantedName("Built", "AWS::DynamoDB::Table", "shop-t"),
        WantedName("Made", "AWS::DynamoDB::Table", "shop-Made-", generated=True),
        WantedName("Queue", "AWS::SQS::Queue", "q"),
    ]
