"""HTTP and WebSocket APIs that CloudFormation deploys: SAM's `HttpApi`, and plain `AWS::ApiGatewayV2` resources.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from websockets.sync.client import connect

from tests.support.aws import Aws
from tests.support.cloud import Cloud

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: prod
      CorsConfiguration: {AllowOrigins: ["https://app.example"], AllowMethods: [GET], AllowHeaders: [authorization]}
      Auth:
        DefaultAuthorizer: Users
        Authorizers:
          Users:
            IdentitySource: $request.header.Authorization
            JwtConfiguration:
              issuer: !Sub https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}
              audience: [client]
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"id": event["pathParameters"]["id"], "version": event["version"]}
      Events:
        Open:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Path: "/open/{id}", Method: get, Auth: {Authorizer: NONE}}
        Closed:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Path: "/closed/{id}", Method: get}
Outputs:
  Api: {Value: !Ref Api}
"""

FUNCTION: dict[str, Any] = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "p",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}],
                    },
                }
            ],
        },
    },
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {
                "ZipFile": "def handler(e, c):\n    return {'statusCode': 200, 'body': e['requestContext']['routeKey']}"
            },
        },
    },
    "Permission": {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Function"},
            "Principal": "apigateway.amazonaws.com",
        },
    },
}


def part(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def deploy(aws: Aws, body: str) -> dict[str, str]:
    """The stack's outputs."""
    stacks = aws.client("cloudformation")
    name = f"http-{uuid.uuid4().hex[:8]}"
    stacks.create_stack(
        StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    )
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    outputs = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return {one["OutputKey"]: one["OutputValue"] for one in outputs}


def test_sams_http_api(cloud: Cloud, aws: Aws) -> None:
    """Source: sam-property-function-httpapi.html (`Auth`, `DefaultAuthorizer`, `CorsConfiguration`)."""
    api = deploy(aws, SAM)["Api"]
    base = f"http://{api}.execute-api.localhost:{cloud.port}/prod"
    origin = {"Origin": "https://app.example"}
    opened = cloud.http.get(f"{base}/open/7", headers=origin)
    assert (opened.status_code, opened.json()) == (200, {"id": "7", "version": "2.0"})
    assert opened.headers["access-control-allow-origin"] == "https://app.example"
    closed = cloud.http.get(f"{base}/closed/7", headers=origin)
    assert (closed.status_code, closed.text) == (401, '{"message":"Unauthorized"}')
    assert closed.headers["access-control-allow-origin"] == "https://app.example"
    asking = {**origin, "Access-Control-Request-Method": "GET"}
    ready = cloud.http.options(f"{base}/closed/7", headers=asking)
    assert (ready.status_code, ready.headers["access-control-allow-methods"]) == (204, "GET")


def test_plain_resources(cloud: Cloud, aws: Aws) -> None:
    """Source: aws-resource-apigatewayv2-integration.html (`IntegrationSubtype`, `CredentialsArn`), -stage.html
    (`DefaultRouteSettings`, `DeploymentId`), -deployment.html, -api.html (`Target`)."""
    here = {"ApiId": {"Ref": "Api"}}
    send = {
        "IntegrationType": "AWS_PROXY",
        "IntegrationSubtype": "SQS-SendMessage",
        "PayloadFormatVersion": "1.0",
        "CredentialsArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "RequestParameters": {"QueueUrl": {"Ref": "Queue"}, "MessageBody": "$request.body"},
        "ResponseParameters": {
            "200": {"ResponseParameters": [{"Destination": "append:header.x-sent", "Source": "yes"}]}
        },
    }
    resources = {
        **FUNCTION,
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Api": part("Api", Name="plain", ProtocolType="HTTP"),
        "Send": part("Integration", **here, **send),
        "Route": part(
            "Route", **here, RouteKey="POST /jobs", Target={"Fn::Join": ["/", ["integrations", {"Ref": "Send"}]]}
        ),
        "Deployment": {**part("Deployment", **here), "DependsOn": ["Route"]},
        "Stage": part(
            "Stage",
            **here,
            StageName="prod",
            DeploymentId={"Ref": "Deployment"},
            DefaultRouteSettings={"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1},
        ),
        "Quick": part("Api", Name="quick", ProtocolType="HTTP", Target={"Fn::GetAtt": ["Function", "Arn"]}),
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Api", "Quick")}
    outputs["Deployment"] = {"Value": {"Fn::GetAtt": ["Deployment", "DeploymentId"]}}
    made = deploy(aws, json.dumps({"Resources": resources, "Outputs": outputs}))
    client = aws.client("apigatewayv2")
    assert client.get_stage(ApiId=made["Api"], StageName="prod")["DeploymentId"] == made["Deployment"]
    jobs = f"http://{made['Api']}.execute-api.localhost:{cloud.port}/prod/jobs"
    sent = cloud.http.post(jobs, content=b"do it")
    assert (sent.status_code, sent.headers.get("x-sent")) == (200, "yes"), sent.text
    assert cloud.http.post(jobs, content=b"again").status_code == 429
    # What was not deployed is not served: the stage has a deployment.
    target = client.get_routes(ApiId=made["Api"])["Items"][0]["Target"]
    client.create_route(ApiId=made["Api"], RouteKey="POST /late", Target=target)
    assert cloud.http.post(jobs.replace("/jobs", "/late")).status_code == 404
    quick = cloud.http.get(f"http://{made['Quick']}.execute-api.localhost:{cloud.port}/any/path")
    assert (quick.status_code, quick.text) == (200, "$default")


def test_a_websocket_api(cloud: Cloud, aws: Aws) -> None:
    """Source: aws-resource-apigatewayv2-route.html (`RouteResponseSelectionExpression`), -routeresponse.html,
    -deployment.html."""
    here = {"ApiId": {"Ref": "Api"}}
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
    join = {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}
    resources = {
        **FUNCTION,
        "Api": part("Api", Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"),
        "Integration": part("Integration", **here, IntegrationType="AWS_PROXY", IntegrationUri={"Fn::Sub": uri}),
        "Connect": part("Route", **here, RouteKey="$connect", AuthorizationType="NONE", Target=join),
        "Say": part("Route", **here, RouteKey="say", Target=join, RouteResponseSelectionExpression="$default"),
        "Answer": part("RouteResponse", **here, RouteId={"Ref": "Say"}, RouteResponseKey="$default"),
        "Deployment": {**part("Deployment", **here), "DependsOn": ["Connect", "Say"]},
        "Stage": part("Stage", **here, StageName="prod", DeploymentId={"Ref": "Deployment"}),
    }
    made = deploy(aws, json.dumps({"Resources": resources, "Outputs": {"Api": {"Value": {"Ref": "Api"}}}}))
    # The path form, for clients whose resolver does not know `*.localhost`.
    address = f"ws://127.0.0.1:{cloud.port}/_aws/execute-api/{made['Api']}/prod"
    with connect(address, proxy=None) as client:
        client.send('{"action": "say"}')
        assert client.recv(timeout=60) == "say"
