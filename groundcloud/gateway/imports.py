"""ImportRestApi and PutRestApi: an OpenAPI definition becomes resources, methods, models and authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html; modes ``merge`` and
``overwrite``: api-gateway-import-api-update.html beside it.
What a definition means is known to CloudFormation's side (`Expand`), which makes resources of it; here they are created
by API Gateway's own operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import yaml

from groundcloud.gateway.control_checks import bad
from groundcloud.gateway.definition import pages
from groundcloud.ports import AwsCaller, Scope

Resources = dict[str, dict[str, Any]]

Expand = Callable[[dict[str, Any]], Resources]
"""An OpenAPI definition as CloudFormation resources: one `AWS::ApiGateway::RestApi`, and its parts, which refer to it
and to each other by ``Ref``, ``Fn::GetAtt`` and ``Fn::Sub``. Raises `AwsError` for one that cannot be read."""

_TYPE = "AWS::ApiGateway::"
_METHOD_PARTS = ("Integration", "MethodResponses", "HttpMethod", "ResourceId", "RestApiId")
_RENAMED = {"IntegrationHttpMethod": "integrationHttpMethod", "ProviderARNs": "providerARNs", "AuthType": "authType"}


class Importer:
    """Makes the parts of one definition in one API. Raises `AwsError`."""

    def __init__(self, aws: AwsCaller, scope: Scope, api: str) -> None:
        self._aws = aws
        self._scope = scope
        self._api = api
        self._known: dict[str, str] = {}

    async def run(self, resources: Resources, *, overwrite: bool) -> None:
        """Put `resources` into the API; with `overwrite`, what it had before goes."""
        if overwrite:
            await self._clear()
        paths = {str(one["path"]): str(one["id"]) for one in await self._list("GetResources")}
        root = paths["/"]
        self._known["Api"] = self._api
        for kind in ("RequestValidator", "Model", "Authorizer"):
            for logical_id, properties in _of(resources, kind):
                await self._named(kind, logical_id, properties)
        for logical_id, properties in _of(resources, "Resource"):
            await self._resource(logical_id, properties, paths, root)
        for _, properties in _of(resources, "Method"):
            await self._method(properties, root)
        for _, properties in _of(resources, "GatewayResponse"):
            await self._call("PutGatewayResponse", _lowered(self._resolved(properties, root), drop=("RestApiId",)))

    async def _call(self, operation: str, params: dict[str, Any]) -> Any:
        return await self._aws.call("apigateway", operation, {**params, "restApiId": self._api}, scope=self._scope)

    async def _list(self, operation: str) -> list[Any]:
        return list(await pages(self._aws, self._scope, operation, {"restApiId": self._api}))

    async def _clear(self) -> None:
        resources = await pages(self._aws, self._scope, "GetResources", {"restApiId": self._api, "embed": ["methods"]})
        for one in sorted(resources, key=lambda item: len(str(item["path"])), reverse=True):
            if one["path"] != "/":
                await self._call("DeleteResource", {"resourceId": one["id"]})
                continue
            for verb in one.get("resourceMethods") or {}:
                await self._call("DeleteMethod", {"resourceId": one["id"], "httpMethod": verb})
        for listing, delete, key, field in (
            ("GetAuthorizers", "DeleteAuthorizer", "authorizerId", "id"),
            ("GetModels", "DeleteModel", "modelName", "name"),
            ("GetRequestValidators", "DeleteRequestValidator", "requestValidatorId", "id"),
        ):
            for one in await self._list(listing):
                await self._call(delete, {key: one[field]})
        for one in await self._list("GetGatewayResponses"):
            if not one.get("defaultResponse"):
                await self._call("DeleteGatewayResponse", {"responseType": one["responseType"]})

    async def _named(self, kind: str, logical_id: str, properties: dict[str, Any]) -> None:
        """A part that has a name: made anew when it is there."""
        params = _lowered(self._resolved(properties, ""), drop=("RestApiId",))
        if kind == "Model" and not isinstance(params.get("schema"), str):
            params["schema"] = json.dumps(params.get("schema") or {})
        if kind == "Authorizer" and not params.get("identitySource"):
            params.pop("identitySource", None)
        plural, key, field = {
            "RequestValidator": ("GetRequestValidators", "requestValidatorId", "id"),
            "Model": ("GetModels", "modelName", "name"),
            "Authorizer": ("GetAuthorizers", "authorizerId", "id"),
        }[kind]
        for one in await self._list(plural):
            if one.get("name") == params.get("name"):
                await self._call(f"Delete{kind}", {key: one[field]})
        made = await self._call(f"Create{kind}", params)
        self._known[logical_id] = str(made[field])

    async def _resource(self, logical_id: str, properties: dict[str, Any], paths: dict[str, str], root: str) -> None:
        parent = self._resolved(properties["ParentId"], root)
        path = next(known for known, one in paths.items() if one == parent).rstrip("/") + f"/{properties['PathPart']}"
        if path not in paths:
            params = {"parentId": parent, "pathPart": properties["PathPart"]}
            paths[path] = str((await self._call("CreateResource", params))["id"])
        self._known[logical_id] = paths[path]

    async def _method(self, properties: dict[str, Any], root: str) -> None:
        resolved = self._resolved(properties, root)
        place = {"resourceId": resolved["ResourceId"], "httpMethod": resolved["HttpMethod"]}
        await self._call("PutMethod", {**place, **_lowered(resolved, drop=_METHOD_PARTS)})
        for response in resolved.get("MethodResponses") or []:
            await self._call("PutMethodResponse", {**place, **_lowered(response)})
        integration = resolved.get("Integration")
        if not integration:
            return
        await self._call("PutIntegration", {**place, **_lowered(integration, drop=("IntegrationResponses",))})
        for response in integration.get("IntegrationResponses") or []:
            await self._call("PutIntegrationResponse", {**place, **_lowered(response)})

    def _resolved(self, node: Any, root: str) -> Any:
        if isinstance(node, list):
            return [self._resolved(item, root) for item in node]
        if not isinstance(node, dict):
            return node
        if set(node) == {"Ref"}:
            return self._known[node["Ref"]]
        if set(node) == {"Fn::GetAtt"}:
            return root
        if set(node) == {"Fn::Sub"}:
            return str(node["Fn::Sub"]).replace("${Api}", self._api)
        return {key: self._resolved(value, root) for key, value in node.items()}


def read(document: bytes, base_path: str) -> dict[str, Any]:
    """A definition, JSON or YAML; `base_path` says what becomes of its base path: ``ignore``, ``prepend`` or ``split``
    (api-gateway-import-api-basePath.html). Raises `AwsError`."""
    text = document.decode("utf-8", "replace")
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise bad("Unable to parse the OpenAPI definition: " + str(error).splitlines()[0]) from error
    if not isinstance(found, dict) or not ("swagger" in found or str(found.get("openapi", "")).startswith("3.")):
        raise bad("Invalid OpenAPI input: neither Swagger 2.0 nor OpenAPI 3.0")
    prefix = _base_path(found)
    if base_path == "split":
        prefix = "/" + prefix.lstrip("/").partition("/")[2] if "/" in prefix.lstrip("/") else ""
    elif base_path != "prepend":
        prefix = ""
    paths = found.get("paths")
    if prefix.strip("/") and isinstance(paths, dict):
        found["paths"] = {f"{prefix.rstrip('/')}{path}".rstrip("/") or "/": item for path, item in paths.items()}
    return found


def _base_path(document: dict[str, Any]) -> str:
    if "basePath" in document:
        return str(document["basePath"])
    servers = document.get("servers")
    server = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = str(server.get("url") or "")
    for name, variable in (server.get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str((variable or {}).get("default", "")).lstrip("/"))
    return urlsplit(url).path


def _of(resources: Resources, kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, one["Properties"]) for name, one in resources.items() if one["Type"] == _TYPE + kind]


def _lowered(properties: dict[str, Any], drop: tuple[str, ...] = ()) -> dict[str, Any]:
    """CloudFormation's properties as the parameters of API Gateway's operations."""
    return {
        _RENAMED.get(key, key[0].lower() + key[1:]): value
        for key, value in properties.items()
        if key not in drop and value is not None
    }
