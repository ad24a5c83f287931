"""Request validators and models of REST APIs.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string"}},
}
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: validated
  Model:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      Name: Task
      ContentType: application/json
      Schema: {type: object, required: [title]}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties:
      RestApiId: !Ref Api
      Name: all
      ValidateRequestBody: true
      ValidateRequestParameters: true
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      AuthorizationType: NONE
      RequestValidatorId: !Ref Validator
      RequestModels: {application/json: !Ref Model}
      RequestParameters: {method.request.querystring.q: true}
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 200}'}
        IntegrationResponses: [{StatusCode: 200}]
      MethodResponses: [{StatusCode: 200}]
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Method
    Properties: {RestApiId: !Ref Api, StageName: prod}
Outputs:
  Api: {Value: !Ref Api}
"""
BAD_BODY = '{"message": "Invalid request body"}'
BAD_QUERY = '{"message": "Missing required request parameters: [q]"}'


@pytest.fixture(scope="module")
def aws(cloud: Cloud) -> Iterator[Aws]:
    aws = Aws(cloud.endpoint, new_account())
    yield aws
    aws.close()


@pytest.fixture(scope="module")
def api(cloud: Cloud, aws: Aws) -> ApiMaker:
    made = ApiMaker(cloud, aws, "validators")
    made.client.create_model(restApiId=made.api, name="Task", contentType="application/json", schema=json.dumps(SCHEMA))
    flags = {"validateRequestBody": True, "validateRequestParameters": True}
    validator = made.client.create_request_validator(restApiId=made.api, name="all", **flags)["id"]
    made.method(
        "POST",
        "/tasks",
        requestValidatorId=validator,
        requestModels={"application/json": "Task"},
        requestParameters={"method.request.querystring.q": True},
    )
    made.deploy()
    return made


@pytest.mark.parametrize("body", [b'{"title": 1}', b"{}", b"[]", b"not json", b""])
def test_a_body_that_does_not_fit_is_refused(api: ApiMaker, body: bytes) -> None:
    """api-gateway-method-request-validation.html; supported-gateway-response-types.html, BAD_REQUEST_BODY."""
    response = api.call("POST", "/tasks?q=1", content=body)
    assert (response.status_code, response.text) == (400, BAD_BODY)
    assert response.headers["x-amzn-errortype"] == "BadRequestException"


def test_a_missing_parameter_is_named_before_the_body_is_looked_at(api: ApiMaker) -> None:
    """api-gateway-request-validation-set-up.html; BAD_REQUEST_PARAMETERS."""
    for path in ("/tasks", "/tasks?q="):
        response = api.call("POST", path, content=b"{}")
        assert (response.status_code, response.text) == (400, BAD_QUERY)


def test_what_fits_and_what_has_no_model_passes(api: ApiMaker) -> None:
    """api-gateway-method-request-validation.html: "If no matching content type is found, request validation is not
    performed." """
    assert api.call("POST", "/tasks?q=1", content=b'{"title": "t"}').status_code == 200
    text = api.call("POST", "/tasks?q=1", content=b"free", headers={"Content-Type": "text/plain"})
    assert "Invalid request body" not in text.text


def test_a_stack_validates_as_described(cloud: Cloud, aws: Aws) -> None:
    """AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-requestvalidator.html."""
    formation = aws.client("cloudformation")
    formation.create_stack(StackName="validated", TemplateBody=TEMPLATE)
    formation.get_waiter("stack_create_complete").wait(
        StackName="validated", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    outputs = formation.describe_stacks(StackName="validated")["Stacks"][0]["Outputs"]
    url = cloud.api_url(outputs[0]["OutputValue"], "prod", "/")
    assert cloud.http.post(url, content=b'{"title": 1}').text == BAD_QUERY
    assert cloud.http.post(url + "?q=1", content=b"{}").text == BAD_BODY
    assert cloud.http.post(url + "?q=1", content=b'{"title": 1}').status_code == 200


def test_a_gateway_response_says_what_is_wrong_with_the_body(cloud: Cloud, aws: Aws) -> None:
    """api-gateway-mapping-template-reference.html: $context.error.validationErrorString is "a detailed validation error
    message"; api-gateway-gatewayResponse-definition.html: templates may use it."""
    made = ApiMaker(cloud, aws, "told")
    made.client.create_model(restApiId=made.api, name="Task", contentType="application/json", schema=json.dumps(SCHEMA))
    validator = made.client.create_request_validator(restApiId=made.api, name="b", validateRequestBody=True)["id"]
    made.method("POST", "/tasks", requestValidatorId=validator, requestModels={"application/json": "Task"})
    told = '{"message": $context.error.messageString, "why": "$context.error.validationErrorString"}'
    made.client.put_gateway_response(
        restApiId=made.api, responseType="BAD_REQUEST_BODY", responseTemplates={"application/json": told}
    )
    made.deploy()
    assert made.call("POST", "/tasks", content=b"{}").json() == {
        "message": "Invalid request body",
        "why": '[object has missing required properties (["title"])]',
    }
    assert made.call("POST", "/tasks", content=b'{"title": 1}').json()["why"] == (
        '[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]'
    )
