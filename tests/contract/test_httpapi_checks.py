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
