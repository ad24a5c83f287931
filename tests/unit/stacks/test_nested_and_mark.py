"""Nested stacks, computed attributes, undefined names and the mark of the outputs."""

from __future__ import annotations

from typing import Any

from groundcloud.ports import Scope
from groundcloud.stacks.attributes import with_plain_ids, without_attributes
from groundcloud.stacks.intrinsics import Evaluator, parameter_values
from groundcloud.stacks.mark import MARK_ID, marked
from groundcloud.stacks.nested import Source, children_of, with_templates
from groundcloud.stacks.unresolved import undefined_problem, unresolved_problem

SCOPE = Scope("000000000000", "us-east-1")


def evaluator_of(template: dict[str, Any], **given: str) -> Evaluator:
    return Evaluator(template, parameter_values(template, given), {"AWS::Region": "us-east-1"})


def test_a_child_knows_which_of_its_parameters_are_known() -> None:
    parameters = {"A": {"Ref": "P"}, "B": {"Fn::GetAtt": ["Q", "Arn"]}, "C": True}
    properties = {"TemplateURL": "https://s3.amazonaws.com/b/k", "Parameters": parameters}
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": properties}
    template = {
        "Parameters": {"P": {"Type": "String", "Default": "x"}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Inner": inner, "Off": {**inner, "Condition": "Never"}, "Q": {"Type": "AWS::SQS::Queue"}},
    }
    (child,) = children_of(template, evaluator_of(template), Source("", "outer", {}, {}, SCOPE))
    assert (child.logical_id, child.url) == ("Inner", "https://s3.amazonaws.com/b/k")
    assert child.source.given == {"A": "x", "C": "true"} and child.source.unknown == ("B",)
    assert (child.source.root, child.source.path, child.source.stack_name) == ("outer", ("Inner",), None)
    spec = {"Parameters": {"A": {}, "B": {"Default": "b"}, "C": {}}}
    assert child.source.values(spec) == {"A": "x", "C": "true"}
    moved = with_templates(template, {"Inner": "https://elsewhere"})["Resources"]["Inner"]["Properties"]
    assert moved == {"TemplateURL": "https://elsewhere", "Parameters": {**parameters, "C": "true"}}


def test_attributes_follow_from_ids_where_aws_says_how() -> None:
    template = {
        "Resources": {
            "F": {"Type": "AWS::Lambda::Function", "Properties": {"Q": {"Fn::Sub": "<${Q.Arn}|${D.Arn}|${!Q.Arn}>"}}},
            "Q": {"Type": "AWS::SQS::Queue"},
            "R": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/team/"}},
            "D": {"Type": "Custom::Thing"},
        },
        "Outputs": {
            "F": {"Value": {"Fn::GetAtt": ["F", "Arn"]}},
            "R": {"Value": {"Fn::GetAtt": "R.Arn"}},
        },
    }
    made = without_attributes(template)
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Id}"
    assert made["Outputs"]["F"]["Value"] == {"Fn::Sub": [arn, {"Id": {"Ref": "F"}}]}
    assert made["Outputs"]["R"] == template["Outputs"]["R"]
    text, values = made["Resources"]["F"]["Properties"]["Q"]["Fn::Sub"]
    assert text == "<${QArnGroundcloud}|${D.Arn}|${!Q.Arn}>"
    assert values["QArnGroundcloud"]["Fn::Sub"][0].endswith(":${Name}")


def test_an_api_of_a_nested_stack_changes_with_its_template() -> None:
    template: dict[str, Any] = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi"}}}
    other = {**template, "Outputs": {"A": {"Value": "1"}}}
    first, second = (without_attributes(item)["Resources"]["Api"]["Properties"] for item in (template, other))
    assert first != second and without_attributes(template)["Resources"]["Api"]["Properties"] == first


def test_the_mark_changes_with_what_the_outputs_come_to() -> None:
    template = {
        "Parameters": {"P": {"Type": "String", "Default": "x"}, "Other": {"Type": "String", "Default": "y"}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"A": {"Value": {"Fn::Sub": "${P}-${Q}"}}},
    }

    def mark(**given: str) -> Any:
        return marked(template, evaluator_of(template, **given))["Resources"][MARK_ID]

    assert mark() == mark(Other="z") and mark() != mark(P="z")
    bare = {"Resources": template["Resources"]}
    assert marked(bare, evaluator_of(bare)) is bare


def test_names_that_only_look_like_references_are_left_alone() -> None:
    properties = {"Text": {"Fn::Sub": ["${!Kept} ${Given} ${AWS::Region}", {"Given": "1"}]}, "Ref": "Two", "More": 1}
    assert undefined_problem({"Resources": {"A": {"Type": "T", "Properties": properties}}}) is None


def test_a_branch_that_does_not_hold_may_name_what_is_left_out() -> None:
    resources = {
        "Off": {"Type": "T", "Condition": "Never"},
        "A": {"Type": "T", "Properties": {"X": {"Fn::If": ["Never", {"Fn::GetAtt": ["Off", "Arn"]}, "none"]}}},
    }
    template = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}, "Resources": resources}
    assert unresolved_problem(template, evaluator_of(template)) is None
    used = {**template, "Resources": {**resources, "B": {"Type": "T", "Properties": {"X": {"Fn::Sub": "${Off.Arn}"}}}}}
    problem = unresolved_problem(used, evaluator_of(used))
    assert problem is not None and problem.message.endswith("references invalid resource attribute Off.Arn")


def test_ids_of_what_the_engine_does_not_have_are_their_references() -> None:
    here = {"Fn::GetAtt": ["D", "DeploymentId"]}
    template: dict[str, Any] = {
        "Resources": {"D": {"Type": "AWS::ApiGatewayV2::Deployment"}, "Q": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"D": {"Value": here}, "Q": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}},
    }
    made = with_plain_ids(template)["Outputs"]
    assert made == {"D": {"Value": {"Fn::Sub": ["${Id}", {"Id": {"Ref": "D"}}]}}, "Q": template["Outputs"]["Q"]}
    plain = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"D": {"Value": here}}}
    assert with_plain_ids(plain) is plain
