"""HTTP and WebSocket APIs that API Gateway refuses are refused in templates, before anything is made.

The rules are those of `test_httpapi_checks`, with their sources; properties:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html. A template whose parts
depend on what is not known yet is not refused for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud

API = {"ApiId": {"Ref": "Api"}}
FUNCTION = {
    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f/invocations"
}
GOOD: dict[str, dict[str, Any]] = {
    "Api": {"Name": "good", "ProtocolType": "HTTP"},
    "Jwt": {
        **API,
        "Name": "users",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["a"], "Issuer": {"Fn::Sub": "https://${Api}.example"}},
    },
    "Ask": {
        **API,
        "Name": "ask",
        "AuthorizerType": "REQUEST",
        "IdentitySource": ["$request.header.A"],
        "AuthorizerUri": FUNCTION,
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
    },
    "Integration": {
        **API,
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "GET",
        "IntegrationUri": {"Fn::Sub": "https://${Api}.example"},
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": 5000,
    },
    "Route": {
        **API,
        "RouteKey": "GET /pets",
        "AuthorizationType": "JWT",
        "AuthorizationScopes": ["read"],
        "AuthorizerId": {"Ref": "Jwt"},
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
    },
    "Stage": {**API, "StageName": "$default", "AutoDeploy": True, "StageVariables": {"a": {"Ref": "Integration"}}},
}
TYPES = {"Jwt": "Authorizer", "Ask": "Authorizer", "Again": "Route"}

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("Api", {"ProtocolType": "WEBSOCKET"}, "Invalid route selection expression: None"),
    ("Jwt", {"IdentitySource": ["header.A"]}, "Invalid identity source: header.A"),
    ("Jwt", {"JwtConfiguration": {"Issuer": "https://a.example"}}, "A JWT authorizer needs an issuer and an audience"),
    ("Ask", {"AuthorizerPayloadFormatVersion": None}, "AuthorizerPayloadFormatVersion is a required parameter for"),
    ("Ask", {"AuthorizerPayloadFormatVersion": "1.0"}, "Simple responses are supported with payload format 2.0 only"),
    ("Ask", {"AuthorizerResultTtlInSeconds": 3601}, "AuthorizerResultTtlInSeconds must be between 0 and 3600"),
    ("Ask", {"Name": "users"}, "Authorizer name must be unique. Authorizer users already exists in this RestApi."),
    ("Integration", {"IntegrationUri": "ftp://a.example"}, "Invalid HTTP endpoint specified for URI: ftp://a.example"),
    ("Integration", {"PayloadFormatVersion": "2.0"}, "Invalid payload format version 2.0 of HTTP_PROXY"),
    ("Integration", {"IntegrationMethod": None}, "IntegrationMethod is required for HTTP_PROXY integrations"),
    ("Integration", {"IntegrationType": "MOCK"}, "MOCK integrations are supported only for WebSocket APIs"),
    ("Integration", {"RequestParameters": {"header.x": "'y'"}}, "Invalid mapping expression specified: header.x"),
    ("Integration", {"TimeoutInMillis": 30001}, "Timeout should be between 50 ms and 30000 ms"),
    ("Integration", {"IntegrationSubtype": "Mail-Send"}, "Invalid IntegrationSubtype: Mail-Send"),
    ("Route", {"RouteKey": "FETCH /pets"}, "The provided route key is not formatted properly for HTTP protocol"),
    ("Route", {"RouteKey": "GET /{proxy+}/x"}, "One or more path parts appear to be invalid: /{proxy+}/x"),
    ("Route", {"AuthorizationType": "CUSTOM"}, "Authorization scopes are supported with JWT authorizers only"),
    ("Route", {"AuthorizerId": {"Ref": "Ask"}}, "Invalid authorizer ID specified."),
    ("Route", {"AuthorizerId": None}, "Invalid authorizer ID specified."),
    ("Route", {"Target": "integration/x"}, "Invalid target: integration/x"),
    ("Again", {**API, "RouteKey": "GET /pets"}, "Route with key GET /pets already exists for this API"),
    ("Stage", {"StageName": "a b"}, "Stage name only allows a-zA-Z0-9_- and, for HTTP APIs, $default: a b"),
    ("Stage", {"AccessLogSettings": {"Format": "$context.requestId"}}, "Access logs need a destination and a format"),
]


def template(changed: str = "", properties: dict[str, Any] | None = None) -> str:
    """The good one, with `properties` of one part changed; None takes one away."""
    parts = {**GOOD, changed: {**GOOD.get(changed, {}), **(properties or {})}} if changed else GOOD
    resources = {
        name: {
            "Type": f"AWS::ApiGatewayV2::{TYPES.get(name, name)}",
            "Properties": {key: value for key, value in part.items() if value is not None},
        }
        for name, part in parts.items()
    }
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def stacks(cloud: Cloud) -> Iterator[Any]:
    """CloudFormation in an account of its own."""
    aws = Aws(cloud.endpoint, new_account())
    yield aws.client("cloudformation")
    aws.close()


@pytest.mark.parametrize(("part", "properties", "message"), CASES, ids=[f"{one[0]}-{one[2]}" for one in CASES])
def test_parts_that_are_refused(stacks: Any, part: str, properties: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as raised:
        stacks.create_stack(StackName="refused", TemplateBody=template(part, properties))
    assert message in raised.value.response["Error"]["Message"]
    assert stacks.list_stacks()["StackSummaries"] == []


def test_what_is_good_or_not_known_yet_is_made(stacks: Any, cloud: Cloud) -> None:
    """The same template as it was, and with values that another resource or a parameter gives."""
    body = json.loads(template())
    body["Parameters"] = {"Authorizer": {"Type": "String", "Default": "abc123"}}
    elsewhere = {
        **API,
        "RouteKey": "GET /x",
        "AuthorizationType": "NONE",
        "Target": {"Fn::Sub": "integrations/${Integration}"},
    }
    body["Resources"]["More"] = {"Type": "AWS::ApiGatewayV2::Route", "Properties": elsewhere}
    stacks.create_stack(StackName="good", TemplateBody=json.dumps(body))
    stacks.get_waiter("stack_create_complete").wait(StackName="good", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    stacks.delete_stack(StackName="good")
    stacks.get_waiter("stack_delete_complete").wait(StackName="good", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
