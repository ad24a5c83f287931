"""Templates whose REST APIs go beyond functions: service integrations, policies, domain names; and what is refused.

Pages named here are below https://docs.aws.amazon.com/ unless they are whole.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SEND = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}


def deploy(aws: Aws, resources: dict[str, Any], **outputs: Any) -> dict[str, str]:
    """The outputs of a stack of these resources."""
    cfn, name = aws.client("cloudformation"), f"stack-{uuid.uuid4().hex[:8]}"
    body = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": resources,
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    cfn.create_stack(StackName=name, TemplateBody=json.dumps(body), Capabilities=capabilities)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    made = cfn.describe_stacks(StackName=name)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}


def sam_api(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"openapi": "3.0.1", "info": {"title": "api"}, "paths": paths}
    return {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "DefinitionBody": {**body, **more}}}


def test_a_queue_behind_an_api(cloud: Cloud, aws: Aws) -> None:
    """serverless-application-model/latest/developerguide/sam-resource-api.html, DefinitionBody with a service
    integration: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html"""
    role = {"AssumeRolePolicyDocument": TRUST, "Policies": [{"PolicyName": "send", "PolicyDocument": SEND}]}
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Queue.QueueName}"},
        "credentials": {"Fn::GetAtt": ["Role", "Arn"]},
        "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
        "passthroughBehavior": "never",
        "responses": {"200": {"statusCode": "202"}, "default": {"statusCode": "502"}},
    }
    operation = {"responses": {"202": {}, "502": {}}, "x-amazon-apigateway-integration": integration}
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Api": sam_api({"/jobs": {"post": operation}}),
    }
    made = deploy(aws, resources, Api={"Ref": "Api"}, Queue={"Ref": "Queue"})
    url = cloud.api_url(made["Api"], "prod", "/jobs")
    assert cloud.http.post(url, json={"n": 1}).status_code == 202
    assert cloud.http.post(url, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    [message] = aws.client("sqs").receive_message(QueueUrl=made["Queue"])["Messages"]
    assert json.loads(message["Body"]) == {"n": 1}


def test_a_policy_in_the_definition(cloud: Cloud, aws: Aws) -> None:
    """apigateway/latest/developerguide/openapi-extensions-policy.html."""
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    }
    operation = {"responses": {"200": {}}, "x-amazon-apigateway-integration": mock}
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*/GET/a",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    api = sam_api({"/a": {"get": operation}, "/b": {"get": operation}}, **{"x-amazon-apigateway-policy": policy})
    made = deploy(aws, {"Api": api}, Api={"Ref": "Api"})
    statuses = [cloud.http.get(cloud.api_url(made["Api"], "prod", path)).status_code for path in ("/a", "/b")]
    assert statuses == [200, 403]


METHOD = {
    "HttpMethod": "GET",
    "AuthorizationType": "NONE",
    "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
    "RestApiId": {"Ref": "Api"},
}
STAGE = {"RestApiId": {"Ref": "Api"}, "DeploymentId": "d", "StageName": "s"}
QUEUE_URI = "arn:aws:apigateway:us-east-1:sqs:path/queue"


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        ("VpcLink", {"Name": "v", "TargetArns": ["arn:aws:x"]}, "Groundcloud does not support VPC links"),
        (
            "Method",
            {**METHOD, "Integration": {"Type": "HTTP", "Uri": "http://x", "ConnectionType": "VPC_LINK"}},
            "Groundcloud does not support VPC links",
        ),
        (
            "Method",
            {**METHOD, "Integration": {"Type": "AWS", "Uri": QUEUE_URI, "IntegrationHttpMethod": "POST"}},
            "Role ARN must be specified for AWS integrations",
        ),
        (
            "Stage",
            {"RestApiId": {"Ref": "Api"}, "DeploymentId": "d", "CanarySetting": {"PercentTraffic": 5}},
            "Groundcloud does not support canary deployments (CanarySetting)",
        ),
        (
            "Stage",
            {**STAGE, "MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "LoggingLevel": "ERROR"}]},
            "CloudWatch Logs role ARN must be set in account settings to enable logging",
        ),
        (
            "Stage",
            {
                **STAGE,
                "AccessLogSetting": {
                    "DestinationArn": "arn:aws:logs:us-east-1:1:log-group:g",
                    "Format": "$context.requestId",
                },
            },
            "CloudWatch Logs role ARN must be set in account settings to enable logging",
        ),
    ],
    ids=["vpc link", "vpc link of a method", "service without role", "canary", "execution logs", "access logs"],
)
def test_templates_that_are_refused(aws: Aws, kind: str, properties: dict[str, Any], message: str) -> None:
    """The role of an integration: https://github.com/serverless/examples/issues/687; that of the account:
    apigateway/latest/developerguide/set-up-logging.html; what is ours says so, before anything is made."""
    cfn = aws.client("cloudformation")
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}}
    body = {"Resources": {"Api": api, "Bad": {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}}}
    with pytest.raises(ClientError) as refused:
        cfn.create_stack(StackName=f"s-{uuid.uuid4().hex[:8]}", TemplateBody=json.dumps(body))
    assert refused.value.response["Error"]["Message"] == f"Resource Bad cannot be deployed: {message}"
    assert aws.client("apigateway").get_rest_apis()["items"] == []


def test_custom_domain_names(cloud: Cloud, aws: Aws) -> None:
    """apigateway/latest/developerguide/rest-api-mappings.html: the longest base path wins, ``(none)`` takes the rest;
    how-to-custom-domains.html."""
    made = ApiMaker(cloud, aws, "mapped")
    made.method("GET", "/x", answer='{"path": "$context.path", "domain": "$context.domainName"}')
    made.deploy("prod")
    made.deploy("beta")
    domain = f"api-{uuid.uuid4().hex[:8]}.example.com"
    client = made.client
    client.create_domain_name(domainName=domain, endpointConfiguration={"types": ["REGIONAL"]})
    client.create_base_path_mapping(domainName=domain, basePath="v1", restApiId=made.api, stage="prod")
    client.create_base_path_mapping(domainName=domain, basePath="any", restApiId=made.api)
    client.create_base_path_mapping(domainName=domain, restApiId=made.api, stage="beta")

    def ask(path: str) -> httpx.Response:
        return cloud.http.get(f"{cloud.endpoint}{path}", headers={"Host": domain})

    assert ask("/v1/x").json() == {"path": "/v1/x", "domain": domain}
    assert ask("/any/beta/x").json()["path"] == "/any/beta/x"
    assert ask("/x").json() == {"path": "/x", "domain": domain}
    assert ask("/v1/nothing").status_code == 403
    patch = [{"op": "replace", "path": "/basePath", "value": "v2"}]
    client.update_base_path_mapping(domainName=domain, basePath="v1", patchOperations=patch)
    assert (ask("/v2/x").status_code, ask("/v1/x").status_code) == (200, 403)
    client.delete_domain_name(domainName=domain)
    assert "not one of this cloud's" in ask("/v2/x").text
