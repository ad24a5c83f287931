"""HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html"""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.expand import expand
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.naming import expanded_id


def expanded(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body, "Tags": {"a": "b"}}}
    deployment = {"Type": "AWS::ApiGatewayV2::Deployment", "Properties": {"ApiId": {"Ref": "Api"}}}
    template = {"Resources": {"Api": api, "Deployment": deployment}}
    result: dict[str, dict[str, Any]] = expand(template, Evaluator(template, {}, {}))["Resources"]
    return result


def of_type(resources: dict[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [item["Properties"] for item in resources.values() if item["Type"] == f"AWS::ApiGatewayV2::{kind}"]


def test_routes_have_their_integrations() -> None:
    shared = {"type": "http_proxy", "httpMethod": "ANY", "uri": "http://x", "payloadFormatVersion": "1.0"}
    resources = expanded(
        {
            "paths": {
                "/a/{id}": {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": {"Ref": "F"}}}},
                "/b": {
                    "x-amazon-apigateway-any-method": {
                        "x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/s"}
                    }
                },
                "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": True}},
            },
            "components": {"x-amazon-apigateway-integrations": {"s": shared}},
        }
    )
    routes = {route["RouteKey"]: route for route in of_type(resources, "Route")}
    assert set(routes) == {"GET /a/{id}", "ANY /b", "$default"}
    target = expanded_id("Api", "Integration", "GET", "/a/{id}")
    assert routes["GET /a/{id}"]["Target"] == {"Fn::Join": ["/", ["integrations", {"Ref": target}]]}
    assert "Target" not in routes["$default"]
    assert of_type(resources, "Integration") == [
        {"ApiId": {"Ref": "Api"}, "IntegrationUri": {"Ref": "F"}, "IntegrationType": "AWS_PROXY"},
        {
            "ApiId": {"Ref": "Api"},
            "IntegrationMethod": "ANY",
            "IntegrationUri": "http://x",
            "PayloadFormatVersion": "1.0",
            "IntegrationType": "HTTP_PROXY",
        },
    ]
    waits = resources["Deployment"]["DependsOn"]
    assert {expanded_id("Api", "Route", "ANY", "/b"), target} <= set(waits)


def test_authorizers_and_scopes() -> None:
    token = {"type": "jwt", "identitySource": "$request.header.Authorization"}
    token["jwtConfiguration"] = {"issuer": {"Ref": "Issuer"}, "audience": ["a"]}  # type: ignore[assignment]
    judge = {
        "type": "request",
        "authorizerUri": "u",
        "identitySource": ["$request.header.H"],
        "enableSimpleResponses": True,
    }
    resources = expanded(
        {
            "security": [{"iam": []}],
            "paths": {
                "/j": {"get": {"security": [{"j": ["read"]}]}},
                "/l": {"get": {"security": [{"l": []}]}},
                "/i": {"get": {}},
                "/o": {"get": {"security": []}},
            },
            "components": {
                "securitySchemes": {
                    "j": {"type": "oauth2", "x-amazon-apigateway-authorizer": token},
                    "l": {"type": "apiKey", "x-amazon-apigateway-authorizer": judge},
                    "iam": {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"},
                }
            },
        }
    )
    kinds = {route["RouteKey"]: route["AuthorizationType"] for route in of_type(resources, "Route")}
    assert kinds == {"GET /j": "JWT", "GET /l": "CUSTOM", "GET /i": "AWS_IAM", "GET /o": "NONE"}
    (scoped,) = [route for route in of_type(resources, "Route") if "AuthorizationScopes" in route]
    assert (scoped["RouteKey"], scoped["AuthorizationScopes"]) == ("GET /j", ["read"])
    jwt, custom = of_type(resources, "Authorizer")
    assert jwt["IdentitySource"] == ["$request.header.Authorization"]
    assert jwt["JwtConfiguration"] == {"Audience": ["a"], "Issuer": {"Ref": "Issuer"}}
    assert (custom["AuthorizerUri"], custom["EnableSimpleResponses"]) == ("u", True)


def test_the_api_takes_name_and_cors() -> None:
    cors = {"allowOrigins": ["*"], "maxAge": 5}
    properties = expanded({"info": {"title": "t", "version": "1"}, "x-amazon-apigateway-cors": cors})["Api"][
        "Properties"
    ]
    assert properties == {
        "Tags": {"a": "b"},
        "ProtocolType": "HTTP",
        "Name": "t",
        "Version": "1",
        "CorsConfiguration": {"AllowOrigins": ["*"], "MaxAge": 5},
    }
