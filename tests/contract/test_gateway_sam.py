"""A REST API as AWS SAM builds it: CORS, a user pool authorizer, gateway responses, permissions.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Pool:
    Type: AWS::Cognito::UserPool
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors:
        AllowOrigin: "'https://app.example'"
        AllowHeaders: "'Authorization,Content-Type'"
        AllowMethods: "'GET,PUT,OPTIONS'"
      Auth:
        DefaultAuthorizer: Users
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Users:
            UserPoolArn: !GetAtt Pool.Arn
      GatewayResponses:
        DEFAULT_4XX:
          ResponseParameters:
            Headers:
              Access-Control-Allow-Origin: "'https://app.example'"
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        import json
        def handler(event, context):
            return {"statusCode": 200, "body": json.dumps(event["pathParameters"])}
      Events:
        Open:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /open/{id}
            Method: get
            Auth:
              Authorizer: NONE
        Closed:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /closed/{id}
            Method: put
Outputs:
  Api:
    Value: !Ref Api
"""


@pytest.fixture(scope="module")
def base(cloud: Cloud) -> Iterator[str]:
    """The URL of the stage."""
    aws = Aws(cloud.endpoint, str(uuid.uuid4().int)[:12])
    stacks: Any = aws.client("cloudformation")
    name = f"sam-{uuid.uuid4().hex[:8]}"
    stacks.create_stack(
        StackName=name, TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    )
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    outputs = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    yield f"http://{outputs[0]['OutputValue']}.execute-api.localhost:{cloud.port}/prod"
    stacks.delete_stack(StackName=name)
    aws.close()


def test_the_function_is_called_with_its_permission(http: httpx.Client, base: str) -> None:
    response = http.get(f"{base}/open/7")
    assert (response.status_code, response.json()) == (200, {"id": "7"})


def test_the_authorizer_guards_the_other_method(http: httpx.Client, base: str) -> None:
    response = http.put(f"{base}/closed/7", headers={"Origin": "https://app.example"})
    assert (response.status_code, response.text) == (401, '{"message":"Unauthorized"}')
    assert response.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.parametrize("path", ["/open/7", "/closed/7"])
def test_preflights_answer_as_deployed_without_token(http: httpx.Client, base: str, path: str) -> None:
    response = http.options(base + path, headers={"Origin": "https://app.example"})
    assert response.status_code == 200
    sent = {name: value for name, value in response.headers.items() if name.startswith("access-control-")}
    assert sent == {
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-headers": "Authorization,Content-Type",
        "access-control-allow-methods": "GET,PUT,OPTIONS",
    }
