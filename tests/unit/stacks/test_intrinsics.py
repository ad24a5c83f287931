"""What functions come to before a deployment."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.stacks.intrinsics import UNKNOWN, Evaluator, literal_conditions, parameter_values

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Count": {"Type": "Number", "Default": 3},
        "Ami": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"},
        "Needed": {"Type": "String"},
    },
    "Mappings": {"Sizes": {"dev": {"Memory": "128"}}},
    "Conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "Not": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
        "Both": {"Fn::And": [{"Condition": "IsDev"}, {"Condition": "Here"}]},
        "Any": {"Fn::Or": [{"Condition": "Unknown"}, {"Condition": "Here"}]},
        "Unknown": {"Fn::Equals": [{"Ref": "Ami"}, "x"]},
        "Small": {"Fn::Equals": [{"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "Memory"]}, 128]},
        "Loop": {"Condition": "Loop"},
    },
}
PSEUDO = {"AWS::Region": "us-east-1", "AWS::StackName": "shop"}


@pytest.fixture
def evaluator() -> Evaluator:
    return Evaluator(TEMPLATE, parameter_values(TEMPLATE, {}), PSEUDO)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Count"}, "3"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "Resource"}, UNKNOWN),
        ({"Ref": "Ami"}, UNKNOWN),
        ({"Fn::Sub": "${AWS::StackName}-${Stage}-${!Literal}"}, "shop-dev-${Literal}"),
        ({"Fn::Sub": ["${a}${Stage}", {"a": {"Ref": "Count"}}]}, "3dev"),
        ({"Fn::Sub": "${Table.Arn}"}, UNKNOWN),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-dev"),
        ({"Fn::Select": [1, {"Ref": "Zones"}]}, "b"),
        ({"Fn::Select": ["9", ["a"]]}, UNKNOWN),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::If": ["IsDev", "yes", {"Ref": "Resource"}]}, "yes"),
        ({"Fn::If": ["Unknown", "yes", "no"]}, UNKNOWN),
        ({"Fn::FindInMap": ["Sizes", "dev", "Memory"]}, "128"),
        ({"Fn::FindInMap": ["Sizes", "prod", "Memory"]}, UNKNOWN),
        ({"Fn::GetAtt": ["Table", "Arn"]}, UNKNOWN),
        ({"Fn::ImportValue": "x"}, UNKNOWN),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"a": {"Ref": "Stage"}, "b": {"Ref": "AWS::NoValue"}}, {"a": "dev"}),
        ({"a": {"Ref": "Resource"}, "b": 1}, UNKNOWN),
    ],
)
def test_values(evaluator: Evaluator, node: Any, value: Any) -> None:
    assert evaluator.value(node) == value


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("IsDev", True),
        ("Not", False),
        ("Both", True),
        ("Any", True),
        ("Unknown", None),
        ("Small", True),
        ("Loop", None),
        ("Missing", None),
        (None, True),
    ],
)
def test_conditions(evaluator: Evaluator, name: str | None, holds: bool | None) -> None:
    assert evaluator.condition(name) is holds


def test_a_given_value_beats_the_previous_one_and_that_the_default() -> None:
    assert parameter_values(TEMPLATE, {"Stage": "prod"}, {"Stage": "test", "Needed": "n"})["Stage"] == "prod"
    assert parameter_values(TEMPLATE, {}, {"Stage": "test"})["Stage"] == "test"
    assert "Needed" not in parameter_values(TEMPLATE, {})


def test_conditions_are_written_out_for_the_engine(evaluator: Evaluator) -> None:
    """It reads only parameters there: the region would compare as the text ``AWS::Region``."""
    written = literal_conditions(TEMPLATE, evaluator)
    assert written["Here"] == {"Fn::Equals": ["us-east-1", "us-east-1"]}
    assert written["Small"] == {"Fn::Equals": ["128", "128"]}
    assert written["IsDev"] == TEMPLATE["Conditions"]["IsDev"]
    assert written["Both"] == TEMPLATE["Conditions"]["Both"]
