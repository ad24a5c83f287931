"""GetExport: a deployed REST API as a definition, which makes the same API again.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html. "Recorded" is
https://github.com/localstack/localstack, tests/aws/services/apigateway/test_apigateway_extended.snapshot.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
)
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEfGhI"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}],
}
HTTP: dict[str, Any] = {
    "type": "HTTP",
    "integrationHttpMethod": "POST",
    "uri": "http://127.0.0.1:9/pets/{id}",
    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
    "requestTemplates": {"application/json": '{"a": $input.json("$")}'},
    "passthroughBehavior": "WHEN_NO_TEMPLATES",
    "contentHandling": "CONVERT_TO_TEXT",
    "timeoutInMillis": 5000,
}


class Exported:
    """An API with one of each, deployed as ``prod`` and changed since."""

    def __init__(self, cloud: Cloud) -> None:
        self.aws = Aws(cloud.endpoint, new_account())
        self.made = ApiMaker(cloud, self.aws, "exported")
        self.client, self.api = self.made.client, self.made.api
        api = {"restApiId": self.api}
        patches = [
            {"op": "add", "path": "/binaryMediaTypes/image~1png"},
            {"op": "replace", "path": "/policy", "value": json.dumps(POLICY)},
            {"op": "replace", "path": "/description", "value": "Pets"},
        ]
        self.client.update_rest_api(**api, patchOperations=patches)
        refers = {"$ref": f"https://apigateway.amazonaws.com/restapis/{self.api}/models/Kind"}
        for name, schema in (("Kind", {"type": "string"}), ("Pet", {"type": "object", "properties": {"kind": refers}})):
            self.client.create_model(**api, name=name, contentType="application/json", schema=json.dumps(schema))
        validator = self.client.create_request_validator(**api, name="all", validateRequestBody=True)["id"]
        users = self._authorizer("users", type="COGNITO_USER_POOLS", providerARNs=[POOL])
        asked = self._authorizer(
            "asked", type="TOKEN", identityValidationExpression="^x", authorizerResultTtlInSeconds=0
        )
        sources = "method.request.querystring.k,context.identity.sourceIp"
        told = self._authorizer("told", type="REQUEST", identitySource=sources)
        self.client.put_gateway_response(
            **api, responseType="DEFAULT_4XX", responseParameters={"gatewayresponse.header.A": "'*'"}
        )
        self.made.method(
            *("POST", "/pets/{id}"),
            integration=HTTP,
            authorizationType="COGNITO_USER_POOLS",
            authorizerId=users,
            authorizationScopes=["pets/write"],
            apiKeyRequired=True,
            operationName="PutPet",
            requestValidatorId=validator,
            requestModels={"application/json": "Pet"},
            requestParameters={"method.request.path.id": True, "method.request.querystring.q": False},
        )
        self._answers("/pets/{id}")
        proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": LAMBDA}
        self.made.method("ANY", "/{proxy+}", integration=proxy, authorizationType="AWS_IAM")
        self.made.method("GET", "/", authorizationType="CUSTOM", authorizerId=asked)
        self.made.method("GET", "/told", authorizationType="CUSTOM", authorizerId=told)
        self.made.deploy()
        self.shape = self.shape_of(self.api)
        self.made.resource("/later")
        self.made.method("GET", "/later")

    def _authorizer(self, name: str, **settings: Any) -> str:
        if settings["type"] != "COGNITO_USER_POOLS":
            settings["authorizerUri"] = LAMBDA
        settings.setdefault("identitySource", "method.request.header.Authorization")
        return str(self.client.create_authorizer(restApiId=self.api, name=name, **settings)["id"])

    def _answers(self, path: str) -> None:
        """Two, told apart by the endpoint's status, with a header and a model."""
        place = {"restApiId": self.api, "resourceId": self.made.resource(path), "httpMethod": "POST"}
        header = "method.response.header.X-Id"
        for status, settings in (("200", {}), ("404", {"selectionPattern": "404"})):
            self.client.put_method_response(
                **place,
                statusCode=status,
                responseParameters={header: False},
                responseModels={"application/json": "Pet"},
            )
            self.client.put_integration_response(
                **place,
                statusCode=status,
                responseParameters={header: "'1'"},
                responseTemplates={"application/json": "$input.body"},
                **settings,
            )

    def export(self, kind: str = "oas30", extensions: str = "", **settings: Any) -> Any:
        """The answer, its body read."""
        parameters = {"extensions": extensions} if extensions else {}
        place = {"restApiId": self.api, "stageName": "prod", "exportType": kind}
        answer = self.client.get_export(**place, parameters=parameters, **settings)
        return {**answer, "body": answer["body"].read()}

    def document(self, kind: str = "oas30", extensions: str = "") -> dict[str, Any]:
        return dict(json.loads(self.export(kind, extensions)["body"]))

    def shape_of(self, api: str) -> dict[str, Any]:
        """What an API is, without the ids of its parts."""
        place, client = {"restApiId": api}, self.client
        authorizers = client.get_authorizers(**place)["items"]
        validators = client.get_request_validators(**place)["items"]
        names = {one["id"]: one["name"] for one in (*authorizers, *validators)}
        resources = client.get_resources(**place, embed=["methods"], limit=500)["items"]
        described = client.get_rest_api(**place)
        return {
            "api": {name: described.get(name) for name in ("name", "description", "binaryMediaTypes", "policy")},
            "methods": {
                (one["path"], verb): _without_ids(method, names)
                for one in resources
                for verb, method in (one.get("resourceMethods") or {}).items()
            },
            "authorizers": [
                # `authType` is a remark of definitions, which an authorizer made otherwise lacks.
                {**one, "id": "", "authType": ""}
                for one in sorted(authorizers, key=lambda one: str(one["name"]))
            ],
            "models": {one["name"]: one["schema"].replace(api, "") for one in client.get_models(**place)["items"]},
            "validators": [{**one, "id": ""} for one in validators],
            "answers": [one for one in client.get_gateway_responses(**place)["items"] if not one["defaultResponse"]],
        }


def _without_ids(method: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    told = {name: names.get(value, value) if name.endswith("Id") else value for name, value in method.items()}
    integration = dict(told.get("methodIntegration") or {})
    integration.pop("cacheNamespace", None)
    return {**told, "methodIntegration": integration}


@pytest.fixture(scope="module")
def exported(cloud: Cloud) -> Iterator[Exported]:
    exported = Exported(cloud)
    yield exported
    exported.aws.close()


def test_oas30(exported: Exported) -> None:
    """Recorded: test_export_oas30_openapi."""
    found = exported.document()
    url = f"https://{exported.api}.execute-api.us-east-1.amazonaws.com/{{basePath}}"
    assert found["openapi"] == "3.0.1"
    assert found["info"].items() >= {"title": "exported", "description": "Pets"}.items()
    assert found["servers"] == [{"url": url, "variables": {"basePath": {"default": "prod"}}}]
    post = found["paths"]["/pets/{id}"]["post"]
    reference = {"schema": {"$ref": "#/components/schemas/Pet"}}
    text = {"schema": {"type": "string"}}
    assert post["operationId"] == "PutPet"
    assert post["parameters"] == [
        {"name": "id", "in": "path", "required": True, **text},
        {"name": "q", "in": "query", **text},
    ]
    assert post["requestBody"] == {"content": {"application/json": reference}, "required": True}
    content = {"application/json": reference}
    answer = {"description": "200 response", "headers": {"X-Id": text}, "content": content}
    assert post["responses"]["200"] == answer
    assert found["components"]["schemas"]["Pet"]["properties"] == {"kind": {"$ref": "#/components/schemas/Kind"}}
    assert "x-amazon-apigateway-integration" not in json.dumps(found)
    assert "x-amazon-apigateway-authorizer" not in json.dumps(found)


def test_swagger(exported: Exported) -> None:
    """Recorded: test_export_swagger_openapi."""
    answer = exported.export("swagger")
    found = json.loads(answer["body"])
    assert found["swagger"] == "2.0"
    assert found["host"] == f"{exported.api}.execute-api.us-east-1.amazonaws.com"
    assert (found["basePath"], found["schemes"]) == ("/prod", ["https"])
    post = found["paths"]["/pets/{id}"]["post"]
    reference = {"$ref": "#/definitions/Pet"}
    assert (post["consumes"], post["produces"]) == (["application/json"], ["application/json"])
    assert post["parameters"][1:] == [
        {"name": "q", "in": "query", "required": False, "type": "string"},
        {"in": "body", "name": "Pet", "required": True, "schema": reference},
    ]
    expected = {"description": "200 response", "schema": reference, "headers": {"X-Id": {"type": "string"}}}
    assert post["responses"]["200"] == expected
    assert answer["contentType"] == "application/octet-stream"
    version = found["info"]["version"]
    assert answer["contentDisposition"] == f'attachment; filename="swagger_{version}.json"'


def test_extensions(exported: Exported) -> None:
    """Recorded: test_export_oas30_openapi, get-export-with-extensions; API reference, GetExport."""
    post = exported.document(extensions="integrations")["paths"]["/pets/{id}"]["post"]
    shown = post["x-amazon-apigateway-integration"]
    assert (shown["type"], shown["httpMethod"], shown["passthroughBehavior"]) == ("http", "POST", "when_no_templates")
    assert set(shown["responses"]) == {"default", "404"}
    schemes = exported.document(extensions="authorizers")["components"]["securitySchemes"]
    assert schemes["users"] == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]},
    }
    assert schemes["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert post["security"] == [{"users": ["pets/write"]}, {"api_key": []}]


def test_what_was_deployed_is_exported(exported: Exported) -> None:
    """API reference, GetExport: "Exports a deployed version of a RestApi"."""
    assert "/later" not in exported.document()["paths"]


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
@pytest.mark.parametrize("accepts", ["application/json", "application/yaml"])
def test_an_export_makes_the_same_api(exported: Exported, kind: str, accepts: str) -> None:
    """api-gateway-export-api.html; api-gateway-import-api.html beside it."""
    body = exported.export(kind, "apigateway", accepts=accepts)["body"]
    assert yaml.safe_load(body)["info"]["title"] == "exported"
    again = str(exported.client.import_rest_api(body=body)["id"])
    assert exported.shape_of(again) == exported.shape
    exported.client.put_rest_api(restApiId=again, mode="overwrite", body=body)
    assert exported.shape_of(again) == exported.shape


def test_an_import_keeps_the_exports_version(exported: Exported) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html: `version`."""
    body = exported.export("oas30", "apigateway")["body"]
    again = exported.client.import_rest_api(body=body)["id"]
    assert exported.client.get_rest_api(restApiId=again)["version"] == yaml.safe_load(body)["info"]["version"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"exportType": "raml"}, "BadRequestException"),
        ({"accepts": "text/html"}, "BadRequestException"),
        ({"parameters": {"extensions": "nonsense"}}, "BadRequestException"),
        ({"parameters": {"extensions": "integrations,postman"}}, "BadRequestException"),
        ({"stageName": "nowhere"}, "NotFoundException"),
        ({"restApiId": "nowhere"}, "NotFoundException"),
    ],
    ids=["type", "media", "extensions", "postman", "stage", "api"],
)
def test_refusals(exported: Exported, asked: dict[str, Any], code: str) -> None:
    """API reference, GetExport, its errors."""
    place = {"restApiId": exported.api, "stageName": "prod", "exportType": "oas30", **asked}
    with pytest.raises(ClientError) as raised:
        exported.client.get_export(**place)
    assert raised.value.response["Error"]["Code"] == code
