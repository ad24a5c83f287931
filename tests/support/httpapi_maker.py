"""HTTP and WebSocket APIs made by boto3 for contract tests."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.functions import Functions

ECHO = """
def handler(event, context):
    return event
"""
"""Answers with its event: as a plain value, which format 2.0 makes a response of."""

RETURNING = """
import json, os
def handler(event, context):
    return json.loads(os.environ["RESULT"])
"""


class HttpApiMaker:
    """One HTTP API with a stage that deploys automatically, unless a test says otherwise."""

    def __init__(self, cloud: Cloud, aws: Aws, name: str, *, stage: str | None = "$default", **settings: Any) -> None:
        self.cloud = cloud
        self.aws = aws
        self.name = name
        self.client = aws.client("apigatewayv2")
        self.functions = Functions(aws)
        settings = {"ProtocolType": "HTTP", **settings}
        self.api = str(self.client.create_api(Name=name, **settings)["ApiId"])
        if stage is not None:
            self.client.create_stage(ApiId=self.api, StageName=stage, AutoDeploy=True)

    def function(self, name: str, code: str = ECHO, **config: Any) -> str:
        """The ARN of a function that API Gateway may call."""
        arn = self.functions.make(f"{self.name}-{name}", code, **config)
        self.functions.api.add_permission(
            FunctionName=arn, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
        )
        return arn

    def integration(self, uri: str, **settings: Any) -> str:
        """The target of an integration of a function (format 2.0) or whatever `settings` say."""
        settings = {"IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0", **settings}
        made = self.client.create_integration(ApiId=self.api, IntegrationUri=uri, **settings)
        return f"integrations/{made['IntegrationId']}"

    def route(self, key: str, target: str, **settings: Any) -> str:
        return str(self.client.create_route(ApiId=self.api, RouteKey=key, Target=target, **settings)["RouteId"])

    def jwt_route(
        self, key: str, target: str, issuer: str, *audience: str, source: str = "header.Authorization"
    ) -> str:
        """A route that takes tokens of `issuer` for any of `audience`, out of ``$request.{source}``; its authorizer."""
        authorizer = str(
            self.client.create_authorizer(
                ApiId=self.api,
                Name="idp",
                AuthorizerType="JWT",
                IdentitySource=[f"$request.{source}"],
                JwtConfiguration={"Issuer": issuer, "Audience": list(audience)},
            )["AuthorizerId"]
        )
        self.route(key, target, AuthorizationType="JWT", AuthorizerId=authorizer)
        return authorizer

    def url(self, path: str) -> str:
        return f"http://{self.api}.execute-api.localhost:{self.cloud.port}{path}"

    def call(self, verb: str, path: str, **parts: Any) -> httpx.Response:
        return self.cloud.http.request(verb, self.url(path), **parts)
