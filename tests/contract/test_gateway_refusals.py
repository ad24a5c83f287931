"""What AWS refuses when an API is made: the engine takes it all, and such an API fails on AWS only.

"Recorded" is https://github.com/localstack/localstack, tests/aws/services/apigateway/test_apigateway_api.snapshot.json:
answers of AWS. Pages named here are below https://docs.aws.amazon.com/apigateway/latest/ unless they are whole.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
)
HEADER = "method.request.header.Authorization"
MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "


class Refused:
    """An API with ``POST /a``, a variable below ``/v``, a greedy one below ``/g``, a model, an authorizer, a stage."""

    def __init__(self, cloud: Cloud) -> None:
        self.aws = Aws(cloud.endpoint, new_account())
        self.made = ApiMaker(cloud, self.aws, "refused")
        self.client = self.made.client
        self.made.method("POST", "/a", requestParameters={"method.request.header.Known": False})
        self.made.resource("/v/{id}")
        self.made.resource("/g/{proxy+}")
        self.client.create_model(restApiId=self.made.api, name="Ok", contentType="application/json", schema="{}")
        self.client.create_authorizer(**self.authorizer(name="ok"))
        self.deployment = self.made.deploy()
        self.put = {"restApiId": self.made.api, "resourceId": self.made.resource("/a"), "httpMethod": "POST"}

    def authorizer(self, **settings: Any) -> dict[str, Any]:
        given = {"name": uuid.uuid4().hex, "type": "TOKEN", "authorizerUri": FUNCTION, "identitySource": HEADER}
        return {"restApiId": self.made.api, **{k: v for k, v in {**given, **settings}.items() if v is not None}}

    def refusal(self, operation: str, **params: Any) -> tuple[str, str]:
        """Code and message."""
        with pytest.raises(ClientError) as raised:
            getattr(self.client, operation)(**params)
        error = raised.value.response["Error"]
        return str(error["Code"]), str(error["Message"])


@pytest.fixture(scope="module")
def refused(cloud: Cloud) -> Iterator[Refused]:
    refused = Refused(cloud)
    yield refused
    refused.aws.close()


@pytest.mark.parametrize(
    ("parent", "part", "message"),
    [
        ("/", "a b", "Resource's path part only allow"),
        ("/", "a/b", "Resource's path part only allow"),
        ("/", "x{id}", "Resource's path part only allow"),
        ("/", "{id", "Resource's path part only allow"),
        ("/v", "{other}", "A sibling ({id}) of this resource already has a variable path part -- only one is allowed"),
        ("/v", "{all+}", "A sibling ({id}) of this resource already has a variable path part -- only one is allowed"),
        ("/g/{proxy+}", "x", "Cannot create a child of a resource with a greedy path variable: {proxy+}"),
    ],
)
def test_resources(refused: Refused, parent: str, part: str, message: str) -> None:
    """Recorded: test_create_proxy_resource_validation; developerguide/api-gateway-known-issues.html (path segments)."""
    place = {"restApiId": refused.made.api, "parentId": refused.made.resource(parent)}
    code, said = refused.refusal("create_resource", **place, pathPart=part)
    assert code == "BadRequestException"
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"httpMethod": "FETCH"}, "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS"),
        ({"authorizationType": "CUSTOM"}, "Invalid authorizer ID specified. Setting the authorization type to CUSTOM"),
        ({"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "none"}, "Invalid authorizer ID specified."),
        ({"authorizationType": "OAUTH"}, "Invalid authorization type specified."),
        ({"requestValidatorId": "none"}, "Invalid Request Validator identifier specified"),
        ({"requestModels": {"application/json": "None"}}, "Invalid model identifier specified: None"),
        ({"requestParameters": {"header.X": True}}, MAPPING + "[Invalid mapping expression specified: header.X]"),
        (
            {"requestParameters": {"method.request.header.x": True, "method.request.querystring.x": True}},
            "Parameter names must be unique across querystring, header and path",
        ),
    ],
)
def test_methods(refused: Refused, settings: dict[str, Any], message: str) -> None:
    """Recorded: test_put_method_validation, test_method_request_parameters. A method that its authorizer does not guard
    would be open or closed to everybody."""
    given = {**refused.put, "httpMethod": "GET", "authorizationType": "NONE", **settings}
    code, said = refused.refusal("put_method", **given)
    assert code == "BadRequestException"
    assert said.startswith(message)


def test_what_is_there_already(refused: Refused) -> None:
    """api/API_PutMethod.html and API_PutMethodResponse.html, API_CreateModel.html (ConflictException); recorded:
    test_model_validation, test_put_method_model."""
    assert refused.refusal("put_method", **refused.put, authorizationType="NONE")[0] == "ConflictException"
    assert refused.refusal("put_method_response", **refused.put, statusCode="200")[0] == "ConflictException"
    model = {"restApiId": refused.made.api, "name": "Ok", "contentType": "application/json", "schema": "{}"}
    again = refused.refusal("create_model", **model)
    assert again == ("ConflictException", "Model name already exists for this REST API")
    refused.made.method("PUT", "/a", requestModels={"application/json": "Ok"})
    used = refused.refusal("delete_model", restApiId=refused.made.api, modelName="Ok")
    assert used == ("ConflictException", "Cannot delete model 'Ok', is referenced in method request: /a/PUT")
    name = refused.refusal("create_authorizer", **refused.authorizer(name="ok"))
    assert name[1] == "Authorizer name must be unique. Authorizer ok already exists in this RestApi."


def test_an_update_may_not_open_a_method_either(refused: Refused) -> None:
    """Recorded: test_update_method_validation, "wrong-auth-type"."""
    patch = [{"op": "replace", "path": "/authorizationType", "value": "CUSTOM"}]
    code, said = refused.refusal("update_method", **refused.put, patchOperations=patch)
    assert (code, said.split(".")[0]) == ("BadRequestException", "Invalid authorizer ID specified")


@pytest.mark.parametrize(
    ("target", "source", "error"),
    [
        ("integration.request.header.A", "*", "Invalid mapping expression specified: *"),
        ("integration.request.header.A", "event.body", "Invalid mapping expression specified: event.body"),
        ("header.A", "'x'", "Invalid mapping expression specified: header.A"),
        (
            "integration.request.path.id",
            "method.request.path.id",
            "Invalid mapping expression parameter specified: method.request.path.id",
        ),
    ],
)
def test_request_parameters(refused: Refused, target: str, source: str, error: str) -> None:
    """developerguide/rest-api-parameter-mapping.html; https://github.com/Testlio/lambda-tools/issues/56: a parameter is
    declared by the method before it is mapped."""
    integration = {"type": "HTTP", "integrationHttpMethod": "GET", "uri": "http://127.0.0.1/{id}"}
    said = refused.refusal("put_integration", **refused.put, **integration, requestParameters={target: source})
    assert said == ("BadRequestException", f"{MAPPING}[{error}]")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"type": "MOCK", "passthroughBehavior": "ALWAYS"}, "Invalid passthrough behavior specified"),
        ({"type": "MOCK", "contentHandling": "GZIP"}, "1 validation error detected: Value 'GZIP' at "),
        ({"type": "HTTP", "uri": "http://127.0.0.1"}, "Enumeration value for HttpMethod must be non-empty"),
        ({"type": "HTTP", "integrationHttpMethod": "GET"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "AWS_PROXY", "integrationHttpMethod": "POST"}, "Invalid ARN specified in the request"),
    ],
)
def test_integrations(refused: Refused, settings: dict[str, Any], message: str) -> None:
    """api/API_PutIntegration.html."""
    assert refused.refusal("put_integration", **refused.put, **settings)[1].startswith(message)


@pytest.mark.parametrize(
    ("status", "parameters", "message"),
    [
        ("200", {"method.response.header.X": "'x'"}, "parameter specified: method.response.header.X]"),
        ("404", {"method.response.header.X": "'x'"}, "[No method response exists for method.]"),
        ("wrong", {}, r"failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d"),
    ],
)
def test_integration_responses(refused: Refused, status: str, parameters: dict[str, str], message: str) -> None:
    """Recorded: test_integration_response_invalid_statuscode; a header is declared by the method response first:
    https://github.com/awslabs/aws-solutions-constructs/issues/1130 and
    https://github.com/amazon-archives/aws-apigateway-importer/issues/121."""
    where = {**refused.put, "statusCode": status, "responseParameters": parameters}
    assert refused.refusal("put_integration_response", **where)[1].endswith(message)


@pytest.mark.parametrize(
    ("name", "schema", "message"),
    [
        ("a-b", "{}", "Model name must be alphanumeric: a-b"),
        ("A", "", "Model schema must have at least 1 property or array items defined"),
        ("A", "{nope", "Invalid model specified: "),
        ("A", '{"type": "text"}', "Invalid model specified: "),
        (
            "A",
            '{"items": {"$ref": "https://apigateway.amazonaws.com/restapis/x/models/None"}}',
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model reference specified: ",
        ),
    ],
)
def test_models(refused: Refused, name: str, schema: str, message: str) -> None:
    """Recorded: test_model_validation; developerguide/models-mappings-models.html (JSON Schema draft 4)."""
    model = {"restApiId": refused.made.api, "name": name, "contentType": "application/json", "schema": schema}
    assert refused.refusal("create_model", **model)[1].startswith(message)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"authorizerUri": None}, "Invalid Authorizer URI: "),
        ({"authorizerUri": "arn:aws:lambda:us-east-1:123456789012:function:f"}, "Invalid Authorizer URI: "),
        ({"identitySource": "Authorization"}, "Invalid identity source specified: Authorization"),
        ({"identitySource": "method.request.querystring.t"}, "Invalid identity source specified: "),
        ({"identitySource": None}, "A TOKEN authorizer needs one identity source"),
        ({"type": "REQUEST", "identitySource": None}, "Identity sources are required while"),
        ({"authorizerResultTtlInSeconds": 3601}, "Authorizer result TTL must be between 0 and 3600 seconds"),
        ({"type": "COGNITO_USER_POOLS"}, "Authorizers of user pools need at least one provider ARN"),
    ],
)
def test_authorizers(refused: Refused, settings: dict[str, Any], message: str) -> None:
    """api/API_CreateAuthorizer.html: what each type needs, and its time from 0 to 3600 seconds."""
    assert refused.refusal("create_authorizer", **refused.authorizer(**settings))[1].startswith(message)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": " "}, "The name of an API must not be empty"),
        ({"description": ""}, "Description cannot be an empty string"),
        ({"policy": "{"}, "Invalid policy document. "),
        ({"apiKeySource": "COOKIE"}, "1 validation error detected: Value 'COOKIE' at "),
        ({"endpointConfiguration": {"types": ["LOCAL"]}}, "1 validation error detected: Value '[LOCAL]' at "),
        ({"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}}, "Cannot create an api with multiple Endpoint "),
    ],
)
def test_apis(refused: Refused, settings: dict[str, Any], message: str) -> None:
    """Recorded: test_create_rest_api_with_endpoint_configuration; api/API_CreateRestApi.html."""
    assert refused.refusal("create_rest_api", **{"name": "x", **settings})[1].startswith(message)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("/deploymentId", "none", "Deployment id does not exist"),
        ("/variables/a", "<x>", "Invalid stage variable value of key a."),
        ("/variables/a-b", "x", "Invalid stage variable name: a-b."),
        ("/speed", "x", "Invalid method setting path: /speed. Must be one of: [/deploymentId, "),
        ("/*/*/throttling/rateLimit", "fast", "Invalid value for /*/*/throttling/rateLimit: fast is no number"),
        ("/*/*/logging/loglevel", "LOUD", "Invalid logging level specified."),
        ("/accessLogSettings/format", "$context.status", "Access log format must contain at least one of: $context.r"),
        ("/accessLogSettings/format", "$context.requestId\n$context.status", "Access Log format must be single line"),
    ],
)
def test_stages(refused: Refused, path: str, value: str, message: str) -> None:
    """api/API_CreateStage.html, api/patch-operations.html (UpdateStage); developerguide/set-up-logging.html; recorded:
    test_apigateway_common.snapshot.json, test_create_update_stages."""
    stage = {"restApiId": refused.made.api, "stageName": "prod"}
    patch = [{"op": "replace", "path": path, "value": value}]
    assert refused.refusal("update_stage", **stage, patchOperations=patch)[1].startswith(message)


def test_deployments_and_their_stages(refused: Refused) -> None:
    """api/API_CreateDeployment.html; https://github.com/hashicorp/terraform/issues/25495."""
    api = {"restApiId": refused.made.api}
    assert refused.refusal("create_deployment", **api, stageName="a b")[1] == "Stage name only allows a-zA-Z0-9_-"
    variables = {"a": "{x}"}
    said = refused.refusal("create_deployment", **api, stageName="b", variables=variables)[1]
    assert said.startswith("Invalid stage variable value of key a.")
    said = refused.refusal("delete_deployment", **api, deploymentId=refused.deployment)[1]
    assert said == "Active stages pointing to this deployment must be moved or deleted"


def test_keys_and_plans(refused: Refused) -> None:
    """api/API_CreateUsagePlan.html, API_CreateApiKey.html; https://github.com/serverless/serverless/issues/2831 and
    https://github.com/aws/aws-sdk-js/issues/3841."""
    api = refused.made.api
    missing = refused.refusal("create_usage_plan", name="p", apiStages=[{"apiId": api, "stage": "none"}])
    assert missing == ("NotFoundException", f"API Stage not found: {api}:none")
    assert "period" in refused.refusal("create_usage_plan", name="p", quota={"limit": 5})[1]
    plan = refused.client.create_usage_plan(name="p", apiStages=[{"apiId": api, "stage": "prod"}])["id"]
    key = refused.client.create_api_key(name="k", enabled=True)
    again = refused.refusal("create_api_key", name="k", value=key["value"])
    assert again == ("ConflictException", "API Key already exists")
    kind = {"usagePlanId": plan, "keyType": "API_KEY"}
    assert refused.refusal("create_usage_plan_key", **kind, keyId="none")[0] == "NotFoundException"
    refused.client.create_usage_plan_key(**kind, keyId=key["id"])
    assert refused.refusal("create_usage_plan_key", **kind, keyId=key["id"])[0] == "ConflictException"
    said = refused.refusal("delete_usage_plan", usagePlanId=plan)[1]
    assert said.endswith(f"because there are API Stages associated with it, including {api}:prod")


def test_gateway_responses(refused: Refused) -> None:
    """developerguide/api-gateway-gatewayResponse-definition.html: parameters are headers, with quotes around text."""
    put = {"restApiId": refused.made.api, "responseType": "DEFAULT_4XX"}
    origin = "gatewayresponse.header.Access-Control-Allow-Origin"
    said = refused.refusal("put_gateway_response", **put, responseParameters={origin: "*"})[1]
    assert said == f"{MAPPING}[Invalid mapping expression specified: *]"


METHOD = {
    "RestApiId": {"Ref": "Api"},
    "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
    "HttpMethod": "GET",
    "AuthorizationType": "NONE",
}
RESPONSE = {"StatusCode": "200", "ResponseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"}}


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        (
            "Method",
            {
                **METHOD,
                "MethodResponses": [{"StatusCode": "200"}],
                "Integration": {"Type": "MOCK", "IntegrationResponses": [RESPONSE]},
            },
            "parameter specified: method.response.header.Access-Control-Allow-Origin]",
        ),
        (
            "Method",
            {**METHOD, "Integration": {"Type": "MOCK", "IntegrationResponses": [RESPONSE]}},
            "[No method response exists for method.]",
        ),
        (
            "Resource",
            {"RestApiId": {"Ref": "Api"}, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "a b"},
            "and the end.",
        ),
        ("Model", {"RestApiId": {"Ref": "Api"}, "Name": "a-b", "Schema": {}}, "Model name must be alphanumeric: a-b"),
        (
            "GatewayResponse",
            {
                "RestApiId": {"Ref": "Api"},
                "ResponseType": "DEFAULT_4XX",
                "ResponseParameters": {"gatewayresponse.header.A": "*"},
            },
            "[Invalid mapping expression specified: *]",
        ),
    ],
)
def test_templates(aws: Aws, kind: str, properties: dict[str, Any], message: str) -> None:
    """https://github.com/awslabs/aws-solutions-constructs/issues/1130: the same is refused in templates, before
    anything is made."""
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "x"}},
        "Bad": {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties},
    }
    with pytest.raises(ClientError) as raised:
        aws.client("cloudformation").create_stack(
            StackName="refused", TemplateBody=json.dumps({"Resources": resources})
        )
    said = str(raised.value.response["Error"]["Message"])
    assert "Bad" in said
    assert said.endswith(message)


def test_imports(aws: Aws) -> None:
    """developerguide/api-gateway-import-api.html; https://github.com/amazon-archives/aws-apigateway-importer/issues/209
    has the form of the message."""
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {"statusCode": "200", "responseParameters": {"method.response.header.Location": "'x'"}}
        },
    }
    operation = {"responses": {"200": {}}, "x-amazon-apigateway-integration": mock}
    document = {"swagger": "2.0", "info": {"title": "x"}, "paths": {"/a": {"get": operation}}}
    with pytest.raises(ClientError) as raised:
        aws.client("apigateway").import_rest_api(body=json.dumps(document).encode())
    said = str(raised.value.response["Error"]["Message"])
    assert said.startswith("Errors found during import:")
    assert said.endswith("[Invalid mapping expression parameter specified: method.response.header.Location]")


def test_two_variables_in_one_place(aws: Aws) -> None:
    """Recorded: test_create_proxy_resource_validation; the same of a definition, imported or in a template."""
    mock = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    item = {"get": {"responses": {"200": {}}, "x-amazon-apigateway-integration": mock}}
    body = {"openapi": "3.0.1", "info": {"title": "x"}, "paths": {"/a/{id}": item, "/a/{all+}": item}}
    message = "A sibling ({id}) of this resource already has a variable path part -- only one is allowed"
    with pytest.raises(ClientError) as imported:
        aws.client("apigateway").import_rest_api(body=json.dumps(body).encode())
    assert str(imported.value.response["Error"]["Message"]).endswith(message)
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}
    with pytest.raises(ClientError) as deployed:
        text = json.dumps({"Resources": {"Api": api}})
        aws.client("cloudformation").create_stack(StackName="refused", TemplateBody=text)
    assert str(deployed.value.response["Error"]["Message"]).endswith(message)


def test_a_request_authorizer_may_do_without_sources(refused: Refused) -> None:
    """api/API_CreateAuthorizer.html: "When the authorization caching is not enabled, this property is optional"."""
    given = refused.authorizer(type="REQUEST", identitySource=None, authorizerResultTtlInSeconds=0)
    made = refused.client.create_authorizer(**given)
    assert not made.get("identitySource")
    shown = refused.client.get_authorizer(restApiId=refused.made.api, authorizerId=made["id"])
    assert not shown.get("identitySource")
