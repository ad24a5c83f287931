"""What API Gateway refuses when routes and mappings of an HTTP API are made.

Pages are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws


@pytest.fixture
def api(aws: Aws) -> str:
    return str(aws.client("apigatewayv2").create_api(Name="checked", ProtocolType="HTTP")["ApiId"])


def refused(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**asked)
    assert error.value.response["Error"]["Code"] == "BadRequestException"
    return str(error.value.response["Error"]["Message"])


@pytest.mark.parametrize("key", ["FETCH /x", "GET", "GET x", "/x", "get /x"])
def test_a_route_key_is_a_method_and_a_path(aws: Aws, api: str, key: str) -> None:
    """http-api-develop-routes.html: "a route key … consists of two parts: an HTTP method and a resource path"."""
    client = aws.client("apigatewayv2")
    problem = "The provided route key is not formatted properly for HTTP protocol"
    assert refused(client.create_route, ApiId=api, RouteKey=key).startswith(problem)
    made = client.create_route(ApiId=api, RouteKey="GET /fine")["RouteId"]
    assert refused(client.update_route, ApiId=api, RouteId=made, RouteKey=key).startswith(problem)
    client.update_route(ApiId=api, RouteId=made, OperationName="renamed")


@pytest.mark.parametrize("path", ["/{proxy+}/more", "/a{b}", "/{a", "/{}"])
def test_path_variables_are_whole_parts_and_greedy_at_the_end(aws: Aws, api: str, path: str) -> None:
    """http-api-develop-routes.html (path variables); the words: github.com/serverless/serverless/issues/10423"""
    message = refused(aws.client("apigatewayv2").create_route, ApiId=api, RouteKey=f"GET {path}")
    assert message.startswith("One or more path parts appear to be invalid")


def test_a_websocket_apis_route_keys_are_its_own(aws: Aws) -> None:
    """apigateway-websocket-api-develop-routes.html: any text that the route selection expression may come to."""
    client = aws.client("apigatewayv2")
    api = client.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    client.create_route(ApiId=api["ApiId"], RouteKey="FETCH x")


@pytest.mark.parametrize("header", ["Authorization", "x-amz-date", "access-control-allow-origin", "Via"])
def test_reserved_headers_cannot_be_mapped(aws: Aws, api: str, header: str) -> None:
    """http-api-parameter-mapping.html#http-api-mapping-reserved-headers; in templates, too."""
    client = aws.client("apigatewayv2")
    asked = {
        "ApiId": api,
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "GET",
        "IntegrationUri": "https://example.com",
        "PayloadFormatVersion": "1.0",
    }
    message = f"Operations on header {header} are restricted"
    mapped = {f"append:header.{header}": "'x'"}
    assert refused(client.create_integration, **asked, RequestParameters=mapped) == message
    assert refused(client.create_integration, **asked, ResponseParameters={"200": mapped}) == message
    made = client.create_integration(**asked, RequestParameters={"append:header.x-own": "'x'"})["IntegrationId"]
    change = {"ApiId": api, "IntegrationId": made, "RequestParameters": mapped}
    assert refused(client.update_integration, **change) == message
    responses = {"200": {"ResponseParameters": [{"Destination": f"remove:header.{header}", "Source": "''"}]}}
    part = {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {**asked, "ResponseParameters": responses}}
    with pytest.raises(ClientError, match=message):
        aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"I": part}}))


def test_a_routes_integration_has_to_be_there(aws: Aws, api: str) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html: NotFoundException, "the
    resource specified in the request was not found"."""
    client = aws.client("apigatewayv2")
    with pytest.raises(client.exceptions.NotFoundException):
        client.create_route(ApiId=api, RouteKey="GET /x", Target="integrations/nothing")
    assert client.get_routes(ApiId=api)["Items"] == []
    made = client.create_route(ApiId=api, RouteKey="GET /x")["RouteId"]
    with pytest.raises(client.exceptions.NotFoundException):
        client.update_route(ApiId=api, RouteId=made, Target="integrations/nothing")
    proxy = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "PayloadFormatVersion": "1.0"}
    there = client.create_integration(ApiId=api, IntegrationUri="http://127.0.0.1:1/", **proxy)["IntegrationId"]
    client.update_route(ApiId=api, RouteId=made, Target=f"integrations/{there}")


def answer(call: Any, **params: Any) -> tuple[str, str]:
    """Code and message of a refusal."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
)
TOKEN = {"AuthorizerType": "JWT", "IdentitySource": ["$request.header.Authorization"]}
CALLED = {"AuthorizerType": "REQUEST", "AuthorizerUri": FUNCTION, "IdentitySource": ["$request.header.A"]}
ASKED = {**CALLED, "AuthorizerPayloadFormatVersion": "2.0"}
JWT = {"Issuer": "https://127.0.0.1", "Audience": ["a"]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"Name": " "}, "Name must not be empty"),
        ({"ProtocolType": "FTP"}, "Invalid protocol specified."),
        ({"ProtocolType": "WEBSOCKET"}, "Invalid route selection expression: "),
        ({"RouteSelectionExpression": "$request.body.a"}, "The route selection expression of an HTTP API is "),
        (
            {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}},
            "allow-credentials is not supported when allow-origin is *",
        ),
        ({"CorsConfiguration": {"AllowOrigins": ["example.com"]}}, "Invalid format for origin: example.com."),
        ({"CorsConfiguration": {"AllowMethods": ["FETCH"]}}, "Invalid method of a CORS configuration: FETCH"),
    ],
)
def test_apis_that_are_refused(aws: Aws, settings: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html."""
    given = {"Name": "x", "ProtocolType": "HTTP", **settings}
    assert answer(aws.client("apigatewayv2").create_api, **given)[1].startswith(message)


def test_a_template_may_not_let_everybody_come_with_credentials(aws: Aws) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html."""
    cors = {"AllowOrigins": ["*"], "AllowCredentials": True}
    api = {"Name": "x", "ProtocolType": "HTTP", "CorsConfiguration": cors}
    body = json.dumps({"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": api}}})
    said = answer(aws.client("cloudformation").create_stack, StackName="s", TemplateBody=body)[1]
    assert said.endswith("allow-credentials is not supported when allow-origin is *")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**TOKEN}, "A JWT authorizer needs an issuer and an audience"),
        ({**TOKEN, "JwtConfiguration": JWT, "IdentitySource": []}, "A JWT authorizer needs one identity source"),
        ({**TOKEN, "JwtConfiguration": JWT, "IdentitySource": ["header.A"]}, "Invalid identity source: header.A"),
        ({**ASKED, "AuthorizerUri": ""}, "AuthorizerUri is required for REQUEST authorizers"),
        (
            CALLED,
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        (
            {**ASKED, "AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
            "Simple responses are supported with payload format 2.0 only",
        ),
        ({**ASKED, "AuthorizerResultTtlInSeconds": 300, "IdentitySource": []}, "Identity sources are required while"),
        ({**ASKED, "AuthorizerResultTtlInSeconds": 3601}, "AuthorizerResultTtlInSeconds must be between 0 and 3600"),
        ({**ASKED, "AuthorizerType": "TOKEN"}, "Invalid authorizer type."),
    ],
)
def test_authorizers_that_are_refused(aws: Aws, api: str, settings: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html;
    https://github.com/hashicorp/terraform-provider-aws/issues/15181 (payload format)."""
    call = aws.client("apigatewayv2").create_authorizer
    assert answer(call, ApiId=api, Name="a", **settings)[1].startswith(message)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"IntegrationUri": "ftp://127.0.0.1"}, "Invalid HTTP endpoint specified for URI"),
        ({"PayloadFormatVersion": "2.0"}, "Invalid payload format version 2.0 of HTTP_PROXY"),
        ({"TimeoutInMillis": 30001}, "Timeout should be between 50 ms and 30000 ms"),
        ({"RequestParameters": {"header.x": "'y'"}}, "Invalid mapping expression specified: header.x"),
        ({"RequestParameters": {"append:path": "'y'"}}, "Invalid mapping expression specified: append:path"),
        ({"ResponseParameters": {"100": {"append:header.x": "'y'"}}}, "Response parameters are mapped by status"),
        ({"ResponseParameters": {"200": {"append:querystring.x": "'y'"}}}, "Invalid mapping expression specified: "),
    ],
)
def test_integrations_that_are_refused(aws: Aws, api: str, settings: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html (payloadFormatVersion:
    only proxies of functions have 2.0) and
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html."""
    proxy = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": "http://127.0.0.1"}
    given = {**proxy, "PayloadFormatVersion": "1.0", **settings}
    assert answer(aws.client("apigatewayv2").create_integration, ApiId=api, **given)[1].startswith(message)


def test_what_is_used_stays_and_what_is_there_is_not_made_again(aws: Aws, api: str) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html (ConflictException);
    https://github.com/aws/aws-cdk/issues/20170 (authorizers). A stage made again lost its settings."""
    client = aws.client("apigatewayv2")
    empty = client.create_api(Name="empty", ProtocolType="HTTP")["ApiId"]
    assert answer(client.create_deployment, ApiId=empty)[1].startswith("At least one route is required")
    authorizer = client.create_authorizer(ApiId=api, Name="a", **TOKEN, JwtConfiguration=JWT)["AuthorizerId"]
    said = answer(client.create_authorizer, ApiId=api, Name="a", **TOKEN, JwtConfiguration=JWT)[1]
    assert said == "Authorizer name must be unique. Authorizer a already exists in this RestApi."
    proxy = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "PayloadFormatVersion": "1.0"}
    made = client.create_integration(ApiId=api, IntegrationUri="http://127.0.0.1:1/", **proxy)["IntegrationId"]
    jwt = {"AuthorizationType": "JWT", "AuthorizerId": authorizer}
    client.create_route(ApiId=api, RouteKey="GET /used", Target=f"integrations/{made}", **jwt)
    assert answer(client.delete_integration, ApiId=api, IntegrationId=made)[0] == "ConflictException"
    assert answer(client.delete_authorizer, ApiId=api, AuthorizerId=authorizer)[0] == "ConflictException"
    for kind in ({"AuthorizationType": "JWT"}, {**jwt, "AuthorizerId": "none"}, {**jwt, "AuthorizationType": "CUSTOM"}):
        said = answer(client.create_route, ApiId=api, RouteKey="GET /b", **kind)[1]
        assert said.startswith("Invalid authorizer ID specified.")
    stage = {"ApiId": api, "StageName": "twice"}
    client.create_stage(**stage, StageVariables={"kept": "yes"})
    assert answer(client.create_stage, **stage)[0] == "ConflictException"
    assert client.get_stage(**stage)["StageVariables"] == {"kept": "yes"}
    assert answer(client.create_stage, ApiId=api, StageName="a b")[1].startswith("Stage name only allows")
    assert answer(client.create_stage, ApiId=api, StageName="d", DeploymentId="none")[0] == "NotFoundException"
    assert answer(client.update_stage, **stage, StageVariables={"a": "<x>"})[1].startswith("Invalid stage variable")
