"""ImportApi and ReimportApi: an OpenAPI definition becomes routes, integrations and authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
What a definition means is known to CloudFormation's side (`Expand`), which makes resources of it; here they are created
by API Gateway's own operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.definition import items, with_kept
from groundcloud.ports import AwsCaller, Scope

Resources = dict[str, dict[str, Any]]

Expand = Callable[[dict[str, Any]], Resources]
"""An OpenAPI definition as CloudFormation resources: one `AWS::ApiGatewayV2::Api`, and its parts, which refer to it and
to each other by ``Ref`` and ``Fn::Join``. Raises `AwsError` for a definition that cannot be read."""

_API = "AWS::ApiGatewayV2::Api"
_PARTS = {
    "AWS::ApiGatewayV2::Authorizer": ("CreateAuthorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Integration": ("CreateIntegration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": ("CreateRoute", "RouteId"),
}
"""In the order in which they refer to each other."""

_LISTS = (
    ("GetRoutes", "DeleteRoute", "RouteId"),
    ("GetIntegrations", "DeleteIntegration", "IntegrationId"),
    ("GetAuthorizers", "DeleteAuthorizer", "AuthorizerId"),
)


class Importer:
    """Makes an API of a definition, or an API's parts anew."""

    def __init__(self, aws: AwsCaller, expand: Expand) -> None:
        self._aws = aws
        self._expand = expand

    async def run(self, document: str, api: str | None, scope: Scope) -> str:
        """The id of the API; `api` is the one to make anew. Raises `AwsError`."""
        resources = self._expand(_read(document))
        known: dict[str, str] = {}
        for logical_id, resource in resources.items():
            if resource["Type"] == _API:
                known[logical_id] = await self._api(resource["Properties"], api, scope)
        if api is not None:
            await self._clear(api, scope)
        for kind, (operation, key) in _PARTS.items():
            for logical_id, resource in resources.items():
                if resource["Type"] == kind:
                    params = _resolved(resource["Properties"], known)
                    if operation == "CreateIntegration":
                        params = with_kept(params)
                    made = await self._aws.call("apigatewayv2", operation, params, scope=scope)
                    known[logical_id] = str(made[key])
        return next(known[name] for name, resource in resources.items() if resource["Type"] == _API)

    async def _api(self, properties: dict[str, Any], api: str | None, scope: Scope) -> str:
        given = [name for name in ("Name", "Description", "Version") if name in properties]
        params: dict[str, Any] = {name: str(properties[name]) for name in given}
        if "CorsConfiguration" in properties:
            params["CorsConfiguration"] = properties["CorsConfiguration"]
        if api is not None:
            await self._aws.call("apigatewayv2", "UpdateApi", {**params, "ApiId": api}, scope=scope)
            return api
        params = {"Name": "imported", **params, "ProtocolType": "HTTP"}
        return str((await self._aws.call("apigatewayv2", "CreateApi", params, scope=scope))["ApiId"])

    async def _clear(self, api: str, scope: Scope) -> None:
        for listing, delete, key in _LISTS:
            for one in await items(self._aws, scope, listing, {"ApiId": api}):
                await self._aws.call("apigatewayv2", delete, {"ApiId": api, key: one[key]}, scope=scope)


def _read(document: str) -> dict[str, Any]:
    """JSON or YAML."""
    try:
        found = json.loads(document) if document.lstrip().startswith("{") else yaml.safe_load(document)
    except (ValueError, yaml.YAMLError) as error:
        raise AwsError("BadRequestException", f"Unable to parse the OpenAPI definition: {error}", 400) from error
    if not isinstance(found, dict) or not str(found.get("openapi", "")).startswith("3."):
        # "HTTP APIs support OpenAPI 3.0"
        raise AwsError("BadRequestException", "An HTTP API is imported from an OpenAPI 3.0 definition", 400)
    return found


def _resolved(node: Any, known: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, known) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"}:
        return known[node["Ref"]]
    if set(node) == {"Fn::Join"}:
        separator, parts = node["Fn::Join"]
        return str(separator).join(str(_resolved(part, known)) for part in parts)
    return {key: _resolved(value, known) for key, value in node.items()}
