"""What a template says of what uses what."""

from __future__ import annotations

from typing import Any

from ui.maps.declared import Declared, declared
from ui.readers.architecture import template_of
from ui.readers.types import Resource


def stack(template: dict[str, Any], **physical: str) -> Declared:
    """The stack ``shop``, in which everything of the template was made."""
    resources = tuple(
        Resource(name, each["Type"], physical.get(name, f"shop-{name}"), "CREATE_COMPLETE")
        for name, each in template["Resources"].items()
    )
    return declared("shop", template, resources)


def uses(template: dict[str, Any]) -> set[tuple[str, str]]:
    return {(a.removeprefix("shop/"), b.removeprefix("shop/")) for a, b, _ in stack(template).uses}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def test_a_function_uses_what_its_variables_and_its_role_name() -> None:
    role = resource(
        "IAM::Role",
        AssumeRolePolicyDocument={"Federated": {"Ref": "Pool"}},
        Policies=[{"PolicyDocument": {"Statement": [{"Resource": {"Fn::GetAtt": ["Tasks", "Arn"]}}]}}],
    )
    variables = {"Variables": {"BUCKET": {"Fn::Sub": "s3://${Photos}/${!Literal}/${AWS::Region}"}}}
    function = resource("Lambda::Function", Role={"Fn::GetAtt": "Role.Arn"}, Environment=variables)
    template = {
        "Resources": {
            "Create": function,
            "Role": role,
            "Tasks": resource("DynamoDB::Table"),
            "Photos": resource("S3::Bucket"),
            "Pool": resource("Cognito::IdentityPool"),
        }
    }
    assert uses(template) == {("Create", "Tasks"), ("Create", "Photos")}
    found = {by for _, _, by in stack(template).uses}
    assert found == {"Role.Policies", "Create.Environment"}
    assert {each.name for each in stack(template).nodes} == {"Create", "Tasks", "Photos", "Pool"}


def test_what_calls_a_function_uses_it() -> None:
    arn = {"Fn::GetAtt": ["Run", "Arn"]}
    template = {
        "Resources": {
            "Run": resource("Lambda::Function"),
            "Jobs": resource("SQS::Queue"),
            "Api": resource("ApiGateway::RestApi"),
            "Http": resource("ApiGatewayV2::Api"),
            "News": resource("SNS::Topic"),
            "Daily": resource("Events::Rule", Targets=[{"Arn": arn}]),
            "Source": resource(
                "Lambda::EventSourceMapping", EventSourceArn={"Fn::GetAtt": ["Jobs", "Arn"]}, FunctionName=arn
            ),
            "Get": resource("ApiGateway::Method", RestApiId={"Ref": "Api"}, Integration={"Uri": arn}),
            "Proxy": resource("ApiGatewayV2::Integration", ApiId={"Ref": "Http"}, IntegrationUri=arn),
            "Letter": resource("SNS::Subscription", TopicArn={"Ref": "News"}, Endpoint=arn),
            "Door": resource("Lambda::Permission", SourceArn={"Fn::Sub": "${Api}/*"}, FunctionName={"Ref": "Run"}),
        }
    }
    assert uses(template) == {(each, "Run") for each in ("Jobs", "Api", "Http", "News", "Daily")}


def test_a_balancer_uses_the_servers_that_join_its_group() -> None:
    template = {
        "Resources": {
            "Front": resource("ElasticLoadBalancingV2::LoadBalancer"),
            "Ear": resource(
                "ElasticLoadBalancingV2::Listener",
                LoadBalancerArn={"Ref": "Front"},
                DefaultActions=[{"TargetGroupArn": {"Ref": "Targets"}}],
            ),
            "Targets": resource("ElasticLoadBalancingV2::TargetGroup"),
            "Servers": resource("AutoScaling::AutoScalingGroup", TargetGroupARNs=[{"Ref": "Targets"}]),
        }
    }
    assert uses(template) == {("Front", "Servers")}


def test_what_a_condition_left_out_is_not_there() -> None:
    template = {
        "Resources": {
            "Run": resource("Lambda::Function", Environment={"Variables": {"T": {"Ref": "Tasks"}}}),
            "Tasks": resource("DynamoDB::Table"),
        }
    }
    found = declared("shop", template, (Resource("Run", "AWS::Lambda::Function", "run", "CREATE_COMPLETE"),))
    assert [each.id for each in found.nodes] == ["shop/Run"] and found.uses == ()


def test_names_by_which_traces_tell_of_a_resource() -> None:
    template = {
        "Resources": {
            "Jobs": resource("SQS::Queue"),
            "People": resource("Cognito::UserPool"),
            "App": resource("Cognito::UserPoolClient", UserPoolId={"Ref": "People"}),
            "Password": resource("SecretsManager::Secret"),
            "News": resource("SNS::Topic"),
        }
    }
    arn = "arn:aws:secretsmanager:us-east-1:1:secret:shop/db-AbC123"
    names = stack(
        template, Jobs="http://127.0.0.1:4566/1/jobs", App="app1", Password=arn, News="arn:aws:sns:us-east-1:1:news"
    ).names
    assert names["sqs", "jobs"] == "shop/Jobs"
    assert names["cognito-idp", "app1"] == names["cognito-idp", "shop-People"] == "shop/People"
    assert names["secretsmanager", "shop/db"] == names["secretsmanager", arn] == "shop/Password"
    assert names["sns", "news"] == "shop/News"


def test_a_circle_of_what_is_left_out_ends() -> None:
    template = {
        "Resources": {
            "Run": resource("Lambda::Function", Role={"Ref": "A"}),
            "A": resource("IAM::Role", Policies=[{"Ref": "B"}]),
            "B": resource("IAM::ManagedPolicy", PolicyDocument=[{"Ref": "A"}, {"Ref": "Tasks"}]),
            "Tasks": resource("DynamoDB::Table"),
        }
    }
    assert uses(template) == {("Run", "Tasks")}


def test_templates_as_text_and_templates_that_are_none() -> None:
    text = (
        "Resources:\n  A:\n    Type: T\n    Properties: {X: !GetAtt B.Arn, Y: !Sub ['${C}', {C: !Ref D}], Z: !Ref E}\n"
    )
    assert template_of(text)["Resources"]["A"]["Properties"] == {
        "X": {"Fn::GetAtt": "B.Arn"},
        "Y": {"Fn::Sub": ["${C}", {"C": {"Ref": "D"}}]},
        "Z": {"Ref": "E"},
    }
    assert template_of("{") == template_of("just text") == template_of(None) == {}
    there = (Resource("A", "AWS::S3::Bucket", "a", "CREATE_COMPLETE"),)
    for odd in ({}, {"Resources": []}, {"Resources": {"A": "text"}}, {"Resources": {"A": {"Properties": 7}}}):
        assert declared("shop", odd, there).uses == ()
