"""REST APIs made by boto3 for contract tests: methods with MOCK integrations unless a test says otherwise."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.aws import Aws
from tests.support.cloud import Cloud

MOCK: dict[str, Any] = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


class ApiMaker:
    """One API, its stage ``prod`` once deployed."""

    def __init__(self, cloud: Cloud, aws: Aws, name: str) -> None:
        self.cloud = cloud
        self.aws = aws
        self.client = aws.client("apigateway")
        self.api = str(self.client.create_rest_api(name=name)["id"])
        items = self.client.get_resources(restApiId=self.api)["items"]
        self._resources: dict[str, str] = {"/": items[0]["id"]}

    def method(
        self, verb: str, path: str, *, integration: dict[str, Any] | None = None, answer: str = "ok", **settings: Any
    ) -> None:
        """Put a method; a MOCK one answers `answer`."""
        where = {"restApiId": self.api, "resourceId": self.resource(path), "httpMethod": verb}
        self.client.put_method(**where, **{"authorizationType": "NONE", **settings})
        self.client.put_integration(**where, **(integration or MOCK))
        if integration is None:
            self.client.put_method_response(**where, statusCode="200")
            self.client.put_integration_response(
                **where, statusCode="200", responseTemplates={"application/json": answer}
            )

    def resource(self, path: str) -> str:
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            made = self.client.create_resource(restApiId=self.api, parentId=self.resource(parent or "/"), pathPart=part)
            self._resources[path] = made["id"]
        return self._resources[path]

    def deploy(self, stage: str = "prod") -> str:
        """The id of a new deployment."""
        return str(self.client.create_deployment(restApiId=self.api, stageName=stage)["id"])

    def call(self, verb: str, path: str, *, stage: str = "prod", **parts: Any) -> httpx.Response:
        return self.cloud.http.request(verb, self.cloud.api_url(self.api, stage, path), **parts)
