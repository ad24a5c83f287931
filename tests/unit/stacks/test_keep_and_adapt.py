"""What travels inside the engine's template."""

from __future__ import annotations

import json
from typing import Any

from groundcloud.http import Request
from groundcloud.stacks.adapt import adapt, noted_resources
from groundcloud.stacks.form import read_form
from groundcloud.stacks.includes import include, included_places
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.keep import KEY, Kept, deployed, keep, recall


def test_what_was_sent_is_kept_and_found_again() -> None:
    template: dict[str, Any] = {"Metadata": {"Mine": 1}, "Resources": {"A": {"Type": "T"}}}
    plain = json.dumps(keep(template, "text", None))
    assert recall(plain) == Kept("text", "text")
    assert deployed(plain) == {key: value for key, value in template.items() if key != "Metadata"}
    transformed = json.dumps(keep({"Resources": {}}, "sent", {"Resources": {"B": 1}}))
    assert recall(transformed) == Kept("sent", '{"Resources": {"B": 1}}')
    assert plain == json.dumps(keep(template, "text", None)), "the same every time"


def test_a_template_that_did_not_come_through_here_is_recognised() -> None:
    assert recall("{}") is None
    assert recall("Resources: {}") is None
    assert recall('{"Metadata": {"GroundcloudEdge": "mine"}}') is None


def test_what_the_engine_drops_is_noted() -> None:
    template = {
        "Resources": {
            "V": {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {"RestApiId": "a"}},
            "M": {
                "Type": "AWS::ApiGateway::Method",
                "Metadata": {"Mine": 1},
                "Properties": {
                    **{"RestApiId": "a", "ResourceId": "r", "HttpMethod": "GET", "RequestValidatorId": {"Ref": "V"}},
                    "Integration": {"Type": "MOCK", "ContentHandling": "CONVERT_TO_TEXT"},
                },
            },
            "Plain": {"Type": "AWS::ApiGateway::Method", "Properties": {"RestApiId": "a", "Integration": {}}},
            "Queue": {"Type": "AWS::SQS::Queue"},
        }
    }
    adapted = adapt(template)
    assert noted_resources(adapted) == {
        "V": "AWS::ApiGateway::RequestValidator",
        "M": "AWS::ApiGateway::Method",
    }
    assert adapted["Resources"]["V"]["Metadata"] == {KEY: {"RestApiId": "a", "Name": "V"}}
    assert adapted["Resources"]["M"]["Metadata"] == {
        "Mine": 1,
        KEY: {
            **{"RequestValidatorId": {"Ref": "V"}, "ContentHandling": "CONVERT_TO_TEXT"},
            **{"RestApiId": "a", "ResourceId": "r", "HttpMethod": "GET"},
        },
    }
    assert adapted["Resources"]["Plain"] == template["Resources"]["Plain"]


def test_media_types_and_endpoints_are_written_as_the_api_names_them() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html"""
    properties = {"BinaryMediaTypes": ["image~1png"], "EndpointConfiguration": {"Types": ["EDGE"]}}
    template = {"Resources": {"A": {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}}}
    assert adapt(template)["Resources"]["A"]["Properties"] == {
        "BinaryMediaTypes": ["image/png"],
        "EndpointConfiguration": {"types": ["EDGE"]},
    }


def test_includes_are_put_in_place() -> None:
    def call(location: Any) -> dict[str, Any]:
        return {"Name": "AWS::Include", "Parameters": {"Location": location}}

    template = {
        "Parameters": {"B": {"Type": "String"}},
        "Resources": {"A": {"Body": {"Fn::Transform": call({"Fn::Sub": "s3://${B}/x.yaml"}), "kept": 1}}},
    }
    evaluator = Evaluator(template, {"B": "docs"}, {})
    assert included_places(template, evaluator) == {("docs", "x.yaml")}
    result = include(template, evaluator, {("docs", "x.yaml"): {"paths": {}}})
    assert result["Resources"]["A"]["Body"] == {"paths": {}, "kept": 1}


def test_a_call_is_read_and_written_again() -> None:
    body = (
        b"Action=CreateStack&StackName=s&Tags=&Parameters.member.1.ParameterKey=A&Parameters.member.1.ParameterValue=1"
        b"&Parameters.member.2.ParameterKey=B&Parameters.member.2.UsePreviousValue=true&Capabilities.member.1=X"
    )
    form = read_form(Request("POST", "/", body=body))
    assert form.given_parameters() == {"A": "1"}
    assert form.members("Capabilities") == ["X"]
    assert (form.get("Tags"), ("Tags", "") in form.pairs) == (None, True)
    changed = form.replaced("StackName", TemplateBody="a&b")
    assert b"StackName" not in changed.request().body and b"TemplateBody=a%26b" in changed.request().body


def test_a_request_authorizer_without_sources_is_told_to_have_none() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html (`identitySource`)."""
    kind = "AWS::ApiGateway::Authorizer"
    made = adapt(
        {
            "Resources": {
                "Without": {"Type": kind, "Properties": {"Type": "REQUEST"}},
                "With": {"Type": kind, "Properties": {"Type": "REQUEST", "IdentitySource": "context.stage"}},
                "Token": {"Type": kind, "Properties": {"Type": "TOKEN"}},
            }
        }
    )["Resources"]
    sources = {name: one["Properties"].get("IdentitySource") for name, one in made.items()}
    assert sources == {"Without": "", "With": "context.stage", "Token": None}
