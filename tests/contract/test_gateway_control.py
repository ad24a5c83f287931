"""What the control plane of REST APIs answers beside the data plane: imports, trials, refusals.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/ unless they are whole.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "answer"}}},
}
ROLE = "arn:aws:iam::123456789012:role/r"


def definition(*paths: str, **more: Any) -> bytes:
    """A Swagger definition whose paths have a GET that answers their own name."""
    items: dict[str, Any] = {}
    for path in paths:
        responses = {"default": {"statusCode": "200", "responseTemplates": {"application/json": f"this is {path}"}}}
        operation = {"responses": {"200": {}}, "x-amazon-apigateway-integration": {**MOCK, "responses": responses}}
        items[path] = {"get": operation}
    return json.dumps(
        {"swagger": "2.0", "info": {"title": "imported", "version": "1"}, "paths": items, **more}
    ).encode()


def served(cloud: Cloud, aws: Aws, api: str, path: str) -> tuple[int, str]:
    aws.client("apigateway").create_deployment(restApiId=api, stageName="prod")
    response = cloud.http.get(cloud.api_url(api, "prod", path))
    return response.status_code, response.text


def refusal(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    error = raised.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    return str(error["Message"])


def test_an_import_makes_a_whole_api(cloud: Cloud, aws: Aws) -> None:
    """api-gateway-import-api.html; api-gateway-swagger-extensions.html."""
    gateway = aws.client("apigateway")
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/definitions/Name"}}}
    post = {
        "parameters": [{"in": "body", "name": "body", "schema": {"$ref": "#/definitions/Task"}}],
        "responses": {"200": {}},
        "x-amazon-apigateway-request-validator": "body",
        "x-amazon-apigateway-integration": MOCK,
    }
    body = json.loads(
        definition(
            "/x",
            definitions={"Task": schema, "Name": {"type": "string"}},
            **{
                "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
                "x-amazon-apigateway-binary-media-types": ["image/png"],
                "x-amazon-apigateway-gateway-responses": {
                    "BAD_REQUEST_BODY": {"statusCode": "422", "responseParameters": {}, "responseTemplates": {}}
                },
            },
        )
    )
    body["paths"]["/x"]["post"] = post
    made = gateway.import_rest_api(body=json.dumps(body).encode())
    assert (made["name"], made["binaryMediaTypes"]) == ("imported", ["image/png"])
    assert served(cloud, aws, made["id"], "/x") == (200, "this is /x")
    url = cloud.api_url(made["id"], "prod", "/x")
    assert cloud.http.post(url, json={"a": "b"}).status_code == 200
    assert cloud.http.post(url, json={"a": 1}).status_code == 422


def test_putting_merges_or_overwrites(cloud: Cloud, aws: Aws) -> None:
    """api-gateway-import-api-update.html: merge keeps what the definition does not name, overwrite does not."""
    gateway = aws.client("apigateway")
    api = gateway.import_rest_api(body=definition("/a", "/b/{id}"))["id"]
    gateway.put_rest_api(restApiId=api, mode="merge", body=definition("/c"))
    assert served(cloud, aws, api, "/b/1") == (200, "this is /b/{id}")
    assert served(cloud, aws, api, "/c") == (200, "this is /c")
    gateway.put_rest_api(restApiId=api, mode="overwrite", body=definition("/c/d"))
    assert served(cloud, aws, api, "/a")[0] == 403
    assert served(cloud, aws, api, "/c/d") == (200, "this is /c/d")


@pytest.mark.parametrize(("mode", "path"), [("ignore", "/x"), ("prepend", "/one/two/x"), ("split", "/two/x")])
def test_the_base_path_of_a_definition(cloud: Cloud, aws: Aws, mode: str, path: str) -> None:
    """api-gateway-import-api-basePath.html."""
    gateway = aws.client("apigateway")
    body = definition("/x", basePath="/one/two")
    api = gateway.import_rest_api(body=body, parameters={"basepath": mode})["id"]
    assert served(cloud, aws, api, path)[0] == 200


def test_a_definition_in_yaml_and_one_that_is_none(cloud: Cloud, aws: Aws) -> None:
    """api-gateway-import-api.html: JSON or YAML."""
    gateway = aws.client("apigateway")
    text = "openapi: 3.0.1\ninfo: {title: y}\npaths:\n  /x:\n    get:\n      responses: {'200': {}}\n"
    text += "      x-amazon-apigateway-integration: "
    made = gateway.import_rest_api(body=(text + json.dumps(MOCK)).encode())
    assert served(cloud, aws, made["id"], "/x") == (200, "answer")
    assert "OpenAPI" in refusal(gateway.import_rest_api, body=b"{")
    assert "OpenAPI" in refusal(gateway.import_rest_api, body=b'{"paths": {}}')
    assert len(gateway.get_rest_apis()["items"]) == 1


def test_a_method_is_tried_without_deployment(cloud: Cloud, aws: Aws) -> None:
    """how-to-test-method.html; https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html."""
    made = ApiMaker(cloud, aws, "tried")
    answer = '{"id": "$input.params("id")", "q": "$input.params("q")", "v": "$stageVariables.v"}'
    made.method("POST", "/t/{id}", answer=answer, authorizationType="AWS_IAM", apiKeyRequired=True)
    result = made.client.test_invoke_method(
        restApiId=made.api,
        resourceId=made.resource("/t/{id}"),
        httpMethod="POST",
        pathWithQueryString="/t/7?q=2",
        headers={"Content-Type": "application/json", "Authorization": "Bearer very-secret-token"},
        body="{}",
        stageVariables={"v": "blue"},
    )
    assert (result["status"], json.loads(result["body"])) == (200, {"id": "7", "q": "2", "v": "blue"})
    assert result["headers"]["Content-Type"] == "application/json"
    assert "HTTP Method: POST, Resource Path: /t/{id}" in result["log"]
    assert "Method completed with status: 200" in result["log"]
    assert "very-secret" not in result["log"]


def test_a_trial_of_what_is_not_there(cloud: Cloud, aws: Aws) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html: NotFoundException."""
    made = ApiMaker(cloud, aws, "tried")
    with pytest.raises(ClientError, match="NotFoundException"):
        made.client.test_invoke_method(restApiId=made.api, resourceId=made.resource("/"), httpMethod="GET")


@pytest.mark.parametrize(
    ("integration", "message"),
    [
        (
            {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"},
            "Role ARN must be specified for AWS integrations",
        ),
        ({"type": "AWS", "uri": "http://x"}, "Invalid ARN specified in the request"),
        ({"type": "HTTP", "uri": "x"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:x"}, "must contain path or action"),
        (
            {"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage", "credentials": ROLE},
            "currently only supports Lambda function",
        ),
        ({"type": "HTTP", "uri": "http://x", "timeoutInMillis": 10}, "Timeout should be between 50 ms and 29000 ms"),
        (
            {"type": "HTTP_PROXY", "uri": "http://x", "connectionType": "VPC_LINK", "connectionId": "abc"},
            "Groundcloud does not support VPC links",
        ),
        (
            {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:nothing:action/Do", "credentials": ROLE},
            "Groundcloud does not support AWS integrations of nothing",
        ),
    ],
)
def test_integrations_that_are_refused(cloud: Cloud, aws: Aws, integration: dict[str, Any], message: str) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/7916 for the role;
    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html; what is ours says so."""
    made = ApiMaker(cloud, aws, "refused")
    made.method("GET", "/x")
    where = {"restApiId": made.api, "resourceId": made.resource("/x"), "httpMethod": "GET"}
    assert message in refusal(made.client.put_integration, **where, integrationHttpMethod="POST", **integration)


def test_deployments_that_are_refused(cloud: Cloud, aws: Aws) -> None:
    """how-to-deploy-api.html: an API without methods, and a method without integration, cannot be deployed."""
    made = ApiMaker(cloud, aws, "refused")
    deploy = made.client.create_deployment
    assert "doesn't contain any methods" in refusal(deploy, restApiId=made.api, stageName="prod")
    where = {"restApiId": made.api, "resourceId": made.resource("/x"), "httpMethod": "GET"}
    made.client.put_method(**where, authorizationType="NONE")
    assert "No integration defined for method" in refusal(deploy, restApiId=made.api, stageName="prod")
    made.client.delete_method(**where)
    made.method("GET", "/x")
    assert "canary" in refusal(deploy, restApiId=made.api, stageName="prod", canarySettings={"percentTraffic": 5})
    made.deploy()
    stage = {"restApiId": made.api, "stageName": "prod"}
    patch = [{"op": "replace", "path": "/canarySettings/percentTraffic", "value": "5"}]
    assert "canary" in refusal(made.client.update_stage, **stage, patchOperations=patch)
    promotion = [{"op": "copy", "path": "/deploymentId", "from": "/canarySettings/deploymentId"}]
    assert "canary" in refusal(made.client.update_stage, **stage, patchOperations=promotion)
    assert "VPC links" in refusal(made.client.create_vpc_link, name="v", targetArns=["arn:aws:elasticloadbalancing:x"])


def test_stages_that_are_refused(cloud: Cloud, aws: Aws) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html: the deployment exists, the name not."""
    made = ApiMaker(cloud, aws, "refused")
    made.method("GET", "/x")
    deployment = made.deploy()
    stage = {"restApiId": made.api, "stageName": "new"}
    assert refusal(made.client.create_stage, **stage, deploymentId="nothing") == "Deployment id does not exist"
    made.client.create_stage(**stage, deploymentId=deployment)
    with pytest.raises(made.client.exceptions.ConflictException):
        made.client.create_stage(**stage, deploymentId=deployment)
    assert made.call("GET", "/x", stage="new").status_code == 200


def test_responses_are_updated_member_by_member(cloud: Cloud, aws: Aws) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateIntegrationResponse-Patch and those
    of method responses and gateway responses."""
    made = ApiMaker(cloud, aws, "updated")
    made.method("GET", "/x", answer="before")
    where = {"restApiId": made.api, "resourceId": made.resource("/x"), "httpMethod": "GET", "statusCode": "200"}
    header = "/responseParameters/method.response.header.X-A"
    made.client.update_method_response(**where, patchOperations=[{"op": "add", "path": header, "value": "true"}])
    patches = [
        {"op": "replace", "path": "/responseTemplates/application~1json", "value": "after"},
        {"op": "add", "path": header, "value": "'a'"},
    ]
    updated = made.client.update_integration_response(**where, patchOperations=patches)
    assert updated["responseTemplates"] == {"application/json": "after"}
    color = "/responseParameters/gatewayresponse.header.X-B"
    patches = [{"op": "replace", "path": "/statusCode", "value": "404"}, {"op": "add", "path": color, "value": "'b'"}]
    made.client.update_gateway_response(
        restApiId=made.api, responseType="MISSING_AUTHENTICATION_TOKEN", patchOperations=patches
    )
    made.deploy()
    served = made.call("GET", "/x")
    assert (served.status_code, served.headers["x-a"], served.text) == (200, "a", "after")
    missing = made.call("GET", "/none")
    assert (missing.status_code, missing.headers["x-b"]) == (404, "b")
    made.client.update_integration_response(**where, patchOperations=[{"op": "remove", "path": header}])
    wrong = [{"op": "replace", "path": "/nothing/x", "value": "1"}]
    assert "Invalid patch path" in refusal(made.client.update_integration_response, **where, patchOperations=wrong)
    made.deploy()
    assert "x-a" not in made.call("GET", "/x").headers


def test_logging_needs_the_accounts_role(cloud: Cloud, aws: Aws) -> None:
    """set-up-logging.html#set-up-access-logging-permissions."""
    made = ApiMaker(cloud, aws, "refused")
    made.method("GET", "/x")
    made.deploy()
    patch = [{"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}]
    where = {"restApiId": made.api, "stageName": "prod"}
    message = refusal(made.client.update_stage, **where, patchOperations=patch)
    assert message == "CloudWatch Logs role ARN must be set in account settings to enable logging"


def test_binary_media_types_are_changed_one_by_one(cloud: Cloud, aws: Aws) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateRestApi-Patch."""
    gateway = aws.client("apigateway")
    api = gateway.create_rest_api(name="media", binaryMediaTypes=["image/png"])["id"]
    patches = [
        {"op": "add", "path": "/binaryMediaTypes/image~1gif"},
        {"op": "add", "path": "/binaryMediaTypes/*~1*"},
        {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
        {"op": "replace", "path": "/description", "value": "d"},
    ]
    updated = gateway.update_rest_api(restApiId=api, patchOperations=patches)
    assert (updated["binaryMediaTypes"], updated["description"]) == (["image/gif", "*/*"], "d")


def test_domain_names_and_mappings_that_are_refused(aws: Aws) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html,
    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateBasePathMapping.html; the words:
    https://github.com/aws/serverless-application-model/issues/2208,
    https://github.com/aws/aws-extensions-for-dotnet-cli/issues/102"""
    client = aws.client("apigateway")
    api = client.create_rest_api(name="mapped")["id"]
    name = f"{api}.example.com"
    domain = {"domainName": name, "regionalCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}
    client.create_domain_name(**domain, endpointConfiguration={"types": ["REGIONAL"]})
    client.create_base_path_mapping(domainName=name, basePath="v1", restApiId=api)
    with pytest.raises(client.exceptions.ConflictException, match="Base path already exists for this domain name"):
        client.create_base_path_mapping(domainName=name, basePath="v1", restApiId=api)
    with pytest.raises(client.exceptions.BadRequestException, match="Invalid REST API identifier specified"):
        client.create_base_path_mapping(domainName=name, basePath="v2", restApiId="nothing")
    with pytest.raises(client.exceptions.BadRequestException, match="Invalid stage identifier specified"):
        client.create_base_path_mapping(domainName=name, basePath="v2", restApiId=api, stage="nothing")
    with pytest.raises(client.exceptions.BadRequestException, match="The domain name you provided already exists"):
        client.create_domain_name(**domain, endpointConfiguration={"types": ["REGIONAL"]})
    assert [one["basePath"] for one in client.get_base_path_mappings(domainName=name)["items"]] == ["v1"]
