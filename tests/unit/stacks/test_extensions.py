"""The transform AWS::LanguageExtensions, and those that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.stacks.extensions import declared_for_the_engine, extended
from groundcloud.stacks.intrinsics import Evaluator, parameter_values
from groundcloud.stacks.transforms import transform_problem

HERE = Scope("111122223333", "us-east-1")
QUEUE = {"Type": "AWS::SQS::Queue"}
PARAMETERS = {
    "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
    "Keep": {"Type": "String", "Default": "Retain"},
    "Stored": {"Type": "AWS::SSM::Parameter::Value<CommaDelimitedList>", "Default": "/names"},
}
MAPPINGS = {"Sizes": {"us-east-1": {"small": "1"}}, "Lists": {"a": {"of": ["x", "y"]}, "b": {"of": ["z"]}}}


def run(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    template = {"Parameters": PARAMETERS, "Mappings": MAPPINGS, "Resources": resources, **sections}
    evaluator = Evaluator(template, parameter_values(template, {}), {"AWS::Region": "us-east-1"})
    return extended(template, evaluator)


def failure(resources: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as refused:
        run(resources)
    return refused.value.message


def test_a_loop_repeats_its_fragment() -> None:
    """`${}` in keys and values, `&{}` without what is no letter or digit, a `Ref` to the identifier."""
    fragment = {
        "Queue&{Name}": {
            **QUEUE,
            "Properties": {"QueueName": {"Fn::Sub": "q-${Name}"}, "Tags": [{"Key": "n", "Value": {"Ref": "Name"}}]},
        }
    }
    made = run({"Fn::ForEach::Queues": ["Name", ["a-1", "b"], fragment], "Other": QUEUE})["Resources"]
    assert list(made) == ["Queuea1", "Queueb", "Other"]
    assert made["Queuea1"]["Properties"]["QueueName"] == {"Fn::Sub": "q-a-1"}
    assert made["Queueb"]["Properties"]["Tags"][0]["Value"] == "b"


def test_loops_nest_and_take_their_collections_from_where_they_may() -> None:
    inner = ["Part", {"Fn::FindInMap": ["Lists", {"Ref": "Name"}, "of"]}, {"Q${Name}${Part}": QUEUE}]
    made = run({"Fn::ForEach::Outer": ["Name", {"Ref": "Names"}, {"Fn::ForEach::Inner": inner}]})["Resources"]
    assert list(made) == ["Qax", "Qay", "Qbz"]


def test_loops_in_properties_conditions_and_outputs() -> None:
    properties = {"Fn::ForEach::P": ["N", ["DelaySeconds", "Other"], {"${N}": 1}]}
    made = run(
        {"Q": {**QUEUE, "Properties": properties}},
        Conditions={"Fn::ForEach::C": ["N", ["a"], {"Is${N}": {"Fn::Equals": ["${N}", "a"]}}]},
        Outputs={"Fn::ForEach::O": ["N", ["Q"], {"Out${N}": {"Value": {"Fn::GetAtt": [{"Fn::Sub": "${N}"}, "Arn"]}}}]},
    )
    assert made["Resources"]["Q"]["Properties"] == {"DelaySeconds": 1, "Other": 1}
    assert made["Conditions"] == {"Isa": {"Fn::Equals": ["a", "a"]}}
    assert made["Outputs"] == {"OutQ": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}}


def test_functions_that_only_the_transform_has() -> None:
    """Length, a default in FindInMap, a policy by a parameter; what depends on a resource is the engine's to do."""
    told = {
        "Length": {"Fn::Length": {"Ref": "Names"}},
        "Default": {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "big", {"DefaultValue": {"Ref": "Keep"}}]},
        "Found": {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small", {"DefaultValue": "9"}]},
        "Ref": {"Ref": {"Fn::Join": ["", ["Ke", "ep"]]}},
    }
    made = run({"Q": {**QUEUE, "DeletionPolicy": {"Ref": "Keep"}, "Properties": told}})
    assert made["Resources"]["Q"]["DeletionPolicy"] == "Retain"
    assert made["Resources"]["Q"]["Properties"] == {
        "Length": 2,
        "Default": "Retain",
        "Found": "1",
        "Ref": {"Ref": "Keep"},
    }
    assert "Transform" not in declared_for_the_engine(made)
    text = {"Fn::ToJsonString": {"arn": {"Fn::GetAtt": ["Q", "Arn"]}}}
    left = run({"Q": QUEUE, "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": text}}})
    assert declared_for_the_engine(left)["Transform"] == "AWS::LanguageExtensions"


@pytest.mark.parametrize(
    ("loop", "reason"),
    [
        (["N", ["a"]], "Fn::ForEach layout is incorrect"),
        (["N", {"Ref": "Stored"}, {"Q${N}": QUEUE}], "Could not find a collection or could not be resolved"),
        (["N", {"Ref": "Nowhere"}, {"Q${N}": QUEUE}], "Could not find a collection or could not be resolved"),
        (["N", ["a", "b"], {"Q": QUEUE}], "Duplicate key Q"),
        (["N", ["a-b"], {"Q${N}": QUEUE}], "LogicalId 'Qa-b' should be alphanumeric"),
    ],
    ids=["layout", "stored", "unknown", "duplicate", "letters"],
)
def test_a_loop_that_cannot_be_unrolled(loop: list[Any], reason: str) -> None:
    message = failure({"Fn::ForEach::L": loop})
    assert message.startswith("Transform AWS::LanguageExtensions failed with: ")
    assert reason in message


def test_a_loop_beside_what_it_makes() -> None:
    assert "Duplicate key Qa" in failure({"Qa": QUEUE, "Fn::ForEach::L": ["N", ["a"], {"Q${N}": QUEUE}]})


def test_loops_end() -> None:
    loop: Any = ["N5", ["a"], {"Q": QUEUE}]
    for level in range(5):
        loop = [f"N{level}", ["a"], {f"Fn::ForEach::L{level}": loop}]
    assert "nested deeper than 5" in failure({"Fn::ForEach::L": loop})


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"Transform": "Mine"}, "No transform named 111122223333::Mine found."),
        ({"Transform": ["AWS::Serverless-2016-10-31", "444455556666::Theirs"]}, "444455556666::Theirs found."),
        ({"Resources": {"Q": {"Properties": {"Fn::Transform": {"Name": "Mine"}}}}}, "111122223333::Mine found."),
        ({"Transform": "AWS::SecretsManager-2024-09-16"}, "AWS::SecretsManager-2024-09-16 is not supported here"),
        ({"Transform": {"Parameters": {}}}, "Transforms have to be named"),
        ({"Transform": 42}, "Transforms have to be named"),
    ],
    ids=["macro", "another account's", "in a property", "of AWS only", "without a name", "a number"],
)
def test_a_transform_that_does_not_exist(template: dict[str, Any], message: str) -> None:
    problem = transform_problem(template, HERE)
    assert problem is not None
    assert message in problem.message


def test_transforms_that_exist() -> None:
    names = ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31", {"Name": "AWS::Include"}]
    assert transform_problem({"Transform": names}, HERE) is None
    assert transform_problem({}, HERE) is None
