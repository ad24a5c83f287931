"""API definitions as resources: what of `x-amazon-apigateway-*` arrives where.

Facts: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.stacks.expand import expand
from groundcloud.stacks.intrinsics import Evaluator, parameter_values
from groundcloud.stacks.naming import api_of, expanded_id, without_expanded

Resources = dict[str, dict[str, Any]]


def expanded(body: Any, given: dict[str, str] | None = None, **template: Any) -> Resources:
    """The resources that a template with one API of this body becomes."""
    attributes = template.pop("attributes", {})
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}, **attributes}
    deployment = {
        "Type": "AWS::ApiGateway::Deployment",
        "DependsOn": "Other",
        "Properties": {"RestApiId": {"Ref": "Api"}},
    }
    whole = {"Resources": {"Api": api, "Deployment": deployment}, **template}
    evaluator = Evaluator(whole, parameter_values(whole, given or {}), {"AWS::StackName": "s"})
    result: Resources = expand(whole, evaluator)["Resources"]
    return result


def only(resources: Resources, kind: str) -> dict[str, Any]:
    """The properties of the one resource of this type."""
    found = [item["Properties"] for item in resources.values() if item["Type"] == f"AWS::ApiGateway::{kind}"]
    assert len(found) == 1, found
    return dict(found[0])


def method(operation: dict[str, Any], **body: Any) -> dict[str, Any]:
    """The properties of the method that an operation becomes."""
    return only(expanded({"paths": {"/things": {"post": operation}}, **body}), "Method")


def test_paths_become_a_tree_of_resources() -> None:
    resources = expanded({"paths": {"/a/{id}": {"get": {}}, "/a": {"get": {}}, "/": {"get": {}}, "/b/{proxy+}": {}}})
    parts = {
        name: item["Properties"] for name, item in resources.items() if item["Type"] == "AWS::ApiGateway::Resource"
    }
    assert [part["PathPart"] for part in parts.values()] == ["a", "{id}", "b", "{proxy+}"]
    top, below, *_ = parts.items()
    assert top[1]["ParentId"] == {"Fn::GetAtt": ["Api", "RootResourceId"]}
    assert below[1]["ParentId"] == {"Ref": top[0]}
    on = [item["Properties"]["ResourceId"] for item in resources.values() if item["Type"] == "AWS::ApiGateway::Method"]
    assert on == [{"Ref": below[0]}, {"Ref": top[0]}, {"Fn::GetAtt": ["Api", "RootResourceId"]}]


def test_ids_are_alphanumeric_unique_and_the_same_every_time() -> None:
    body = {"paths": {"/a-b/{x}": {"get": {}, "x-amazon-apigateway-any-method": {}}, "/a_b/{x}": {"get": {}}}}
    first, second = expanded(body), expanded(body)
    assert list(first) == list(second)
    assert all(name.isalnum() and len(name) <= 255 for name in first)
    assert [name for name in first if api_of(name) is None] == ["Api", "Deployment"]
    assert {api_of(name) for name in first} == {None, "Api"}


def test_an_integration_arrives_whole() -> None:
    role, table = {"Fn::GetAtt": ["Role", "Arn"]}, {"Fn::Sub": '{"TableName":"${Table}"}'}
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:dynamodb:action/GetItem"},
        "credentials": role,
        "passthroughBehavior": "when_no_templates",
        "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 3000,
        "cacheKeyParameters": ["method.request.path.id"],
        "requestParameters": {"integration.request.header.X": "'z'"},
        "requestTemplates": {"application/json": table},
        "responses": {
            "default": {"statusCode": 200, "responseTemplates": {"application/json": "$input.body"}},
            "4\\d{2}": {"statusCode": "404", "contentHandling": "convert_to_binary"},
        },
    }
    assert method({"x-amazon-apigateway-integration": integration})["Integration"] == {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": integration["uri"],
        "Credentials": role,
        "PassthroughBehavior": "WHEN_NO_TEMPLATES",
        "ContentHandling": "CONVERT_TO_TEXT",
        "TimeoutInMillis": 3000,
        "CacheKeyParameters": ["method.request.path.id"],
        "RequestParameters": {"integration.request.header.X": "'z'"},
        "RequestTemplates": {"application/json": table},
        "IntegrationResponses": [
            {"StatusCode": "200", "ResponseTemplates": {"application/json": "$input.body"}},
            {"StatusCode": "404", "SelectionPattern": "4\\d{2}", "ContentHandling": "CONVERT_TO_BINARY"},
        ],
    }


def test_parameters_of_path_and_operation_are_declared() -> None:
    body = {
        "parameters": {"Trace": {"name": "X-Trace", "in": "header"}},
        "paths": {
            "/a/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True}],
                "get": {"parameters": [{"$ref": "#/parameters/Trace"}, {"name": "q", "in": "query", "required": True}]},
            }
        },
    }
    assert only(expanded(body), "Method")["RequestParameters"] == {
        "method.request.path.id": True,
        "method.request.header.X-Trace": False,
        "method.request.querystring.q": True,
    }


def test_models_come_from_both_versions_of_openapi() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html"""
    thing = {"type": "object", "properties": {"part": {"$ref": "#/definitions/Part"}}}
    older = expanded(
        {
            "definitions": {"Thing": thing, "Part": {"type": "string"}},
            "paths": {
                "/a": {"put": {"parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/Thing"}}]}}
            },
        }
    )
    model = expanded_id("Api", "Model", "Thing")
    assert only(older, "Method")["RequestModels"] == {"application/json": {"Ref": model}}
    assert older[model]["Properties"]["Schema"]["properties"]["part"] == {
        "$ref": {"Fn::Sub": "https://apigateway.amazonaws.com/restapis/${Api}/models/Part"}
    }
    newer = expanded(
        {
            "components": {"schemas": {"Thing": {"type": "object"}}},
            "paths": {
                "/a": {
                    "put": {
                        "requestBody": {"content": {"text/x": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                        "responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}},
                    }
                }
            },
        }
    )
    assert only(newer, "Method")["RequestModels"] == {"text/x": {"Ref": model}}
    (made,) = [item for name, item in newer.items() if item["Type"].endswith("::Model") and name != model]
    assert made["Properties"]["Schema"] == {"type": "array"}
    assert made["Properties"]["Name"].startswith("MODEL")


def test_responses_declare_their_headers_and_models() -> None:
    responses = {
        "200": {"headers": {"X-A": {"type": "string"}}, "schema": {"$ref": "#/definitions/T"}},
        "404": {"description": "none"},
        "default": {"description": "ignored"},
    }
    found = method({"responses": responses}, definitions={"T": {"type": "string"}})["MethodResponses"]
    assert found == [
        {
            "StatusCode": "200",
            "ResponseParameters": {"method.response.header.X-A": False},
            "ResponseModels": {"application/json": {"Ref": expanded_id("Api", "Model", "T")}},
        },
        {"StatusCode": "404"},
    ]


AUTHORIZERS = {
    "cognito": (
        {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
        },
        {"type": "cognito_user_pools", "providerARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}]},
        {
            "Type": "COGNITO_USER_POOLS",
            "ProviderARNs": [{"Fn::GetAtt": ["Pool", "Arn"]}],
            "AuthType": "cognito_user_pools",
            "IdentitySource": "method.request.header.Authorization",
        },
        "COGNITO_USER_POOLS",
    ),
    "token": (
        {"type": "apiKey", "name": "X-Token", "in": "header"},
        {
            "type": "token",
            "authorizerUri": "u",
            "identityValidationExpression": "^a",
            "authorizerResultTtlInSeconds": 0,
        },
        {
            "Type": "TOKEN",
            "AuthorizerUri": "u",
            "IdentityValidationExpression": "^a",
            "AuthorizerResultTtlInSeconds": 0,
            "IdentitySource": "method.request.header.X-Token",
        },
        "CUSTOM",
    ),
    "request": (
        {"type": "apiKey", "name": "Unused", "in": "header"},
        {
            "type": "request",
            "authorizerUri": "u",
            "authorizerCredentials": "r",
            "identitySource": "method.request.querystring.q",
        },
        {
            "Type": "REQUEST",
            "AuthorizerUri": "u",
            "AuthorizerCredentials": "r",
            "IdentitySource": "method.request.querystring.q",
        },
        "CUSTOM",
    ),
}


@pytest.mark.parametrize("name", list(AUTHORIZERS))
def test_authorizers_become_resources_and_methods_name_them(name: str) -> None:
    scheme, extension, properties, kind = AUTHORIZERS[name]
    resources = expanded(
        {
            "securityDefinitions": {name: {**scheme, "x-amazon-apigateway-authorizer": extension}},
            "paths": {"/a": {"get": {"security": [{name: ["read"]}]}}},
        }
    )
    assert only(resources, "Authorizer") == {"RestApiId": {"Ref": "Api"}, "Name": name, **properties}
    found = only(resources, "Method")
    assert (found["AuthorizationType"], found["AuthorizationScopes"]) == (kind, ["read"])
    assert found["AuthorizerId"] == {"Ref": expanded_id("Api", "Authorizer", name)}


def test_keys_and_signatures_are_told_apart() -> None:
    schemes = {
        "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        "iam": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
    }
    keyed = method({"security": [{"key": []}]}, securityDefinitions=schemes)
    assert (keyed["AuthorizationType"], keyed["ApiKeyRequired"]) == ("NONE", True)
    assert method({"security": [{"iam": []}]}, securityDefinitions=schemes)["AuthorizationType"] == "AWS_IAM"
    both = method({}, securityDefinitions=schemes, security=[{"iam": []}, {"key": []}])
    assert (both["AuthorizationType"], both["ApiKeyRequired"]) == ("AWS_IAM", True)
    assert method({"security": []}, securityDefinitions=schemes, security=[{"iam": []}])["AuthorizationType"] == "NONE"


def test_validators_are_made_and_named() -> None:
    declared = {"all": {"validateRequestBody": True, "validateRequestParameters": True}, "none": {}}
    resources = expanded(
        {
            "x-amazon-apigateway-request-validators": declared,
            "x-amazon-apigateway-request-validator": "all",
            "paths": {"/a": {"get": {}, "post": {"x-amazon-apigateway-request-validator": "none"}}},
        }
    )
    validators = {expanded_id("Api", "Validator", name) for name in declared}
    assert validators <= set(resources)
    named = [
        item["Properties"]["RequestValidatorId"]["Ref"]
        for item in resources.values()
        if item["Type"].endswith("Method")
    ]
    assert named == [expanded_id("Api", "Validator", "all"), expanded_id("Api", "Validator", "none")]


def test_gateway_responses_and_deployments_wait_for_everything() -> None:
    resources = expanded(
        {
            "x-amazon-apigateway-gateway-responses": {
                "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.X": "'y'"}, "responseTemplates": {}},
                "UNAUTHORIZED": {"statusCode": 401, "responseTemplates": {"application/json": "{}"}},
            },
            "paths": {"/a": {"get": {}}},
        }
    )
    answers = {name: item["Properties"] for name, item in resources.items() if item["Type"].endswith("GatewayResponse")}
    assert list(answers.values()) == [
        {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "DEFAULT_4XX",
            "ResponseParameters": {"gatewayresponse.header.X": "'y'"},
        },
        {
            "RestApiId": {"Ref": "Api"},
            "ResponseType": "UNAUTHORIZED",
            "StatusCode": "401",
            "ResponseTemplates": {"application/json": "{}"},
        },
    ]
    assert resources["Deployment"]["DependsOn"] == ["Other", *answers, expanded_id("Api", "Method", "GET", "/a")]


def test_the_api_keeps_its_own_and_takes_the_definitions_properties() -> None:
    resources = expanded(
        {
            "info": {"title": {"Ref": "AWS::StackName"}, "description": "d"},
            "x-amazon-apigateway-binary-media-types": ["*/*"],
            "x-amazon-apigateway-api-key-source": "AUTHORIZER",
            "x-amazon-apigateway-minimum-compression-size": 10,
            "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
            "paths": {},
        },
        attributes={"Condition": "C", "DeletionPolicy": "Retain"},
        Conditions={"C": {"Fn::Equals": ["a", "a"]}},
    )
    assert resources["Api"] == {
        "Type": "AWS::ApiGateway::RestApi",
        "Condition": "C",
        "DeletionPolicy": "Retain",
        "Properties": {
            "Name": {"Ref": "AWS::StackName"},
            "Description": "d",
            "BinaryMediaTypes": ["*/*"],
            "ApiKeySourceType": "AUTHORIZER",
            "MinimumCompressionSize": 10,
            "DisableExecuteApiEndpoint": True,
        },
    }


def test_parts_share_the_fate_of_their_api() -> None:
    resources = expanded(
        {"paths": {"/a": {"get": {}}}},
        attributes={"Condition": "C", "DeletionPolicy": "Retain"},
        Conditions={"C": {"Fn::Equals": ["a", "a"]}},
    )
    parts = [item for name, item in resources.items() if api_of(name)]
    assert parts
    assert all((part["Condition"], part["DeletionPolicy"]) == ("C", "Retain") for part in parts)


def test_conditions_in_the_structure_are_decided() -> None:
    body = {
        "paths": {
            "/a": {"get": {"Fn::If": ["Extra", {"operationId": "x"}, {"Ref": "AWS::NoValue"}]}, "post": {}},
            "/b": {"Fn::If": ["Extra", {"get": {}}, {"Ref": "AWS::NoValue"}]},
        }
    }
    template = {
        "Parameters": {"Extra": {"Type": "String", "Default": "no"}},
        "Conditions": {"Extra": {"Fn::Equals": [{"Ref": "Extra"}, "yes"]}},
    }

    def methods(resources: Resources) -> int:
        return sum(item["Type"].endswith("::Method") for item in resources.values())

    assert methods(expanded(body, **template)) == 1
    assert methods(expanded(body, {"Extra": "yes"}, **template)) == 3


def test_a_structure_that_cannot_be_known_is_refused() -> None:
    body = {"paths": {"/a": {"Fn::If": ["Late", {"get": {}}, {"Ref": "AWS::NoValue"}]}}}
    template = {
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        "Conditions": {"Late": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    }
    with pytest.raises(AwsError, match="API Api: its structure depends on condition Late"):
        expanded(body, **template)


def test_a_template_without_definitions_is_left_alone() -> None:
    template = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "x"}}}}
    assert expand(template, Evaluator(template, {}, {})) is template


def test_reasons_speak_of_the_api() -> None:
    name = expanded_id("ShopApi", "Method", "GET", "/a")
    assert without_expanded(f"failed to create: [{name}, Table]. ") == "failed to create: [ShopApi, Table]. "
