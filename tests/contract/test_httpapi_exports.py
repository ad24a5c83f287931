"""ExportApi: an HTTP API as a definition, which makes "another, identical API".

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
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
from tests.support.httpapi_maker import HttpApiMaker

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
CORS = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 60, "AllowCredentials": True}


class Exported:
    """An API with one of each, and a stage ``old`` from before its last route."""

    def __init__(self, cloud: Cloud) -> None:
        self.aws = Aws(cloud.endpoint, new_account())
        self.made = HttpApiMaker(cloud, self.aws, "exported", stage=None, CorsConfiguration=CORS, Version="7")
        self.client, self.api = self.made.client, self.made.api
        place = {"ApiId": self.api}
        function = self.made.integration(FUNCTION, TimeoutInMillis=5000)
        mapped = self.made.integration(
            "https://back.example/{proxy}",
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            PayloadFormatVersion="1.0",
            RequestParameters={"append:header.a": "$context.requestId"},
            ResponseParameters={"200": {"overwrite:statuscode": "201"}},
        )
        queue = self.client.create_integration(
            **place,
            IntegrationType="AWS_PROXY",
            IntegrationSubtype="SQS-SendMessage",
            PayloadFormatVersion="1.0",
            CredentialsArn="arn:aws:iam::123456789012:role/r",
            RequestParameters={"QueueUrl": "$request.header.q", "MessageBody": "$request.body"},
        )["IntegrationId"]
        self.made.jwt_route("GET /items/{id}", function, "https://issuer.example", "one", "two")
        asked = self.client.create_authorizer(
            **place,
            Name="asked",
            AuthorizerType="REQUEST",
            AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            AuthorizerResultTtlInSeconds=0,
            IdentitySource=["$request.header.A", "$request.querystring.b"],
        )["AuthorizerId"]
        self.made.route("POST /items", mapped, AuthorizationType="CUSTOM", AuthorizerId=asked, OperationName="Add")
        self.made.route("ANY /{proxy+}", f"integrations/{queue}", AuthorizationType="AWS_IAM")
        self.client.create_stage(**place, StageName="old")
        self.client.create_deployment(**place, StageName="old")
        self.made.route("$default", function)

    def export(self, **asked: Any) -> Any:
        settings = {"Specification": "OAS30", "OutputType": "JSON", **asked}
        return yaml.safe_load(self.client.export_api(ApiId=self.api, **settings)["body"].read())

    def shape_of(self, api: str) -> dict[str, Any]:
        """What an API is, without the ids of its parts."""
        place, client = {"ApiId": api}, self.client
        authorizers = {one["AuthorizerId"]: one for one in client.get_authorizers(**place)["Items"]}
        integrations = {one["IntegrationId"]: one for one in client.get_integrations(**place)["Items"]}
        described = client.get_api(**place)
        return {
            "api": {name: described.get(name) for name in ("Name", "Version", "CorsConfiguration")},
            "routes": {
                one["RouteKey"]: {
                    "operation": one.get("OperationName"),
                    "type": one.get("AuthorizationType"),
                    "scopes": one.get("AuthorizationScopes") or [],
                    "authorizer": {**authorizers.get(one.get("AuthorizerId"), {}), "AuthorizerId": ""},
                    "integration": {**integrations[one["Target"].partition("/")[2]], "IntegrationId": ""},
                }
                for one in client.get_routes(**place)["Items"]
            },
        }


@pytest.fixture(scope="module")
def exported(cloud: Cloud) -> Iterator[Exported]:
    exported = Exported(cloud)
    yield exported
    exported.aws.close()


@pytest.mark.parametrize("media", ["JSON", "YAML"])
def test_an_export_makes_the_same_api(exported: Exported, media: str) -> None:
    """http-api-export.html: "You can also import an exported API definition into API Gateway to create another,
    identical API"."""
    document = json.dumps(exported.export(OutputType=media))
    again = str(exported.client.import_api(Body=document)["ApiId"])
    assert exported.shape_of(again) == exported.shape_of(exported.api)


def test_what_is_exported(exported: Exported) -> None:
    """http-api-export.html: a stage, or the latest configuration; extensions "by default"."""
    latest, old = exported.export(), exported.export(StageName="old")
    assert set(latest["paths"]) - set(old["paths"]) == {"/$default"}
    assert latest["paths"]["/$default"]["x-amazon-apigateway-any-method"]["isDefaultRoute"] is True
    assert old["servers"][0]["variables"] == {"basePath": {"default": "old"}}
    assert latest["info"] == {"title": "exported", "version": "7"}
    assert latest["paths"]["/items/{id}"]["get"]["x-amazon-apigateway-integration"]["uri"] == FUNCTION
    bare = exported.export(IncludeExtensions=False)
    assert "x-amazon-apigateway-integration" not in json.dumps(bare)
    assert bare["paths"]["/items"]["post"]["operationId"] == "Add"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Specification": "OAS2"}, "BadRequestException"),
        ({"OutputType": "XML"}, "BadRequestException"),
        ({"ExportVersion": "2.0"}, "BadRequestException"),
        ({"StageName": "nowhere"}, "NotFoundException"),
        ({"ApiId": "nowhere"}, "NotFoundException"),
    ],
    ids=["specification", "output", "version", "stage", "api"],
)
def test_refusals(exported: Exported, asked: dict[str, Any], code: str) -> None:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-exports-specification.html"""
    settings = {"ApiId": exported.api, "Specification": "OAS30", "OutputType": "JSON", **asked}
    with pytest.raises(ClientError) as raised:
        exported.client.export_api(**settings)
    assert raised.value.response["Error"]["Code"] == code
