"""What the engine's control plane of HTTP and WebSocket APIs lacks, completed at the edge.

Each request goes to the engine as it was signed, which judges it; what it dropped of a granted one is made up for as
the administrator. Measured against ministack 1.5.33: CreateApi ignores quick create, integrations lose members (see
`definition`), CreateDeployment ignores its stage, and there is no ImportApi.
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from groundcloud.errors import AwsError
from groundcloud.gateway.exports.http import export, wanted
from groundcloud.gateway.httpapi.checks import mapping_problem, route_key_problem
from groundcloud.gateway.httpapi.definition import (
    KEPT_MEMBERS,
    KEPT_PREFIX,
    KEPT_SERVER_NAME,
    Definition,
    items,
    read_definition,
    with_kept,
)
from groundcloud.gateway.httpapi.imports import Expand, Importer
from groundcloud.gateway.httpapi.part_checks import PartChecks
from groundcloud.gateway.httpapi.services import SUBTYPES
from groundcloud.gateway.places import named
from groundcloud.gateway.refusals import Refusals, unsupported
from groundcloud.gateway.snapshots import Snapshots
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine, Scope

__all__ = ["ControlPlane", "Expand"]

_AUTHORIZERS = re.compile(r"/v2/apis/(?P<api>[^/]+)/stages/(?P<stage>[^/]+)/cache/authorizers/?")
_EXPORT = re.compile(r"/v2/apis/(?P<api>[^/]+)/exports/(?P<specification>[^/]+)/?")
_PATH = re.compile(r"/v2/apis(?:/(?P<api>[^/]+)(?:/(?P<kind>[^/]+)(?:/(?P<id>[^/]+))?)?)?/?")

_TARGET = "integrations/"

Body = dict[str, Any]


class ControlPlane:
    """A part that looks at the operations of `apigatewayv2`."""

    def __init__(
        self,
        engine: Engine,
        expand: Expand,
        forget_authorizers: Callable[[str, str], None],
        deployments: Snapshots[Definition],
    ) -> None:
        self._engine = engine
        self._deployments = deployments
        self._forget_authorizers = forget_authorizers
        self._refusals = Refusals("apigatewayv2")
        self._parts = PartChecks(engine)
        self._importer = Importer(engine, expand)
        self._handlers: dict[str, Callable[[Request, Scope], Any]] = {
            "CreateApi": self._create_api,
            "ImportApi": self._import_api,
            "ReimportApi": self._import_api,
            "ExportApi": self._export_api,
            "CreateRoute": self._create_route,
            "UpdateRoute": self._check_route,
            "CreateIntegration": self._change_integration,
            "UpdateIntegration": self._change_integration,
            "GetIntegration": self._show_integrations,
            "GetIntegrations": self._show_integrations,
            "CreateDeployment": self._create_deployment,
            "ResetAuthorizersCache": self._reset_authorizers,
        }

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """The answer, or None when the engine answers the request as it came. Raises `AwsError`."""
        await self._refusals.check(operation, request, scope)
        await self._parts.check(operation, request, scope)
        handler = self._handlers.get(operation)
        answer: Response | None = await handler(request, scope) if handler else None
        return answer

    async def _call(self, operation: str, params: Body, scope: Scope) -> Any:
        return await self._engine.call("apigatewayv2", operation, params, scope=scope)

    async def _create_api(self, request: Request, scope: Scope) -> Response | None:
        """Quick create: "a default catch-all route, and a default stage which is configured to automatically deploy
        changes" (API reference, CreateApi)."""
        body = request.json_object()
        if not body.get("target"):
            return None
        response = await self._engine.request(request)
        made = _json(response)
        if made is not None:
            await self._quick_create(str(made["apiId"]), body, scope)
        return response

    async def _quick_create(self, api: str, body: Body, scope: Scope) -> None:
        target = str(body["target"])
        is_function = ":lambda:" in target
        integration: Body = {
            "ApiId": api,
            "IntegrationType": "AWS_PROXY" if is_function else "HTTP_PROXY",
            "IntegrationUri": target,
            "PayloadFormatVersion": "2.0" if is_function else "1.0",
            "IntegrationMethod": "POST" if is_function else "ANY",
            "CredentialsArn": body.get("credentialsArn") or "",
        }
        made = await self._call("CreateIntegration", with_kept(integration), scope)
        route = {"ApiId": api, "RouteKey": body.get("routeKey") or "$default"}
        await self._call("CreateRoute", {**route, "Target": f"integrations/{made['IntegrationId']}"}, scope)
        await self._call("CreateStage", {"ApiId": api, "StageName": "$default", "AutoDeploy": True}, scope)

    async def _import_api(self, request: Request, scope: Scope) -> Response:
        judged = await self._engine.request(request)
        if judged.status in (400, 401, 403):
            return judged
        base = request.query_value("basepath") or "ignore"
        if base.lower() != "ignore":
            raise unsupported(f"basepath={base} of imports; leave it out, or say ignore")
        found = _PATH.fullmatch(request.raw_path)
        document = str(request.json_object().get("body") or "")
        api = await self._importer.run(document, unquote(found["api"]) if found and found["api"] else None, scope)
        return _answer(201, _wire(await self._call("GetApi", {"ApiId": api}, scope)))

    async def _export_api(self, request: Request, scope: Scope) -> Response:
        judged = await self._engine.request(request)
        if judged.status in (401, 403):
            return judged
        place = named(_EXPORT, request)
        want, api = wanted(request, place["specification"]), place["api"]
        described = await self._call("GetApi", {"ApiId": api}, scope)
        if described.get("ProtocolType") == "WEBSOCKET":
            raise AwsError("BadRequestException", "ExportApi is supported only for HTTP APIs", 400)
        deployment = None
        if want.stage is not None:
            stage = await self._call("GetStage", {"ApiId": api, "StageName": want.stage}, scope)
            deployment = None if stage.get("AutoDeploy") else stage.get("DeploymentId")
        if deployment is not None:
            definition = await self._deployments.deployed(scope, api, str(deployment))
        else:
            definition = await read_definition(self._engine, scope, described)
        return export(definition, scope.region, want)

    async def _create_route(self, request: Request, scope: Scope) -> Response | None:
        """A key is one route's: "Route with key … already exists for this API" (ConflictException)."""
        await self._check_route(request, scope)
        api, key = _api_of(request), str(request.json_object().get("routeKey") or "")
        routes = await items(self._engine, scope, "GetRoutes", {"ApiId": api})
        if any(route.get("RouteKey") == key for route in routes):
            raise AwsError("ConflictException", f"Route with key {key} already exists for this API", 409)
        return None

    async def _check_route(self, request: Request, scope: Scope) -> Response | None:
        problem = route_key_problem(str(request.json_object().get("routeKey", "$default")))
        if problem is not None:
            api = await self._call("GetApi", {"ApiId": _api_of(request)}, scope)
            if api.get("ProtocolType") != "WEBSOCKET":
                raise AwsError("BadRequestException", problem, 400)
        target = request.json_object().get("target")
        if isinstance(target, str) and target.startswith(_TARGET):
            # NotFoundException when there is none: a route would lead nowhere.
            place = {"ApiId": _api_of(request), "IntegrationId": target.removeprefix(_TARGET)}
            await self._call("GetIntegration", place, scope)
        return None

    async def _change_integration(self, request: Request, scope: Scope) -> Response:
        body, found = request.json_object(), _PATH.fullmatch(request.raw_path)
        problem = mapping_problem(body)
        if problem is not None:
            raise AwsError("BadRequestException", problem, 400)
        subtype = body.get("integrationSubtype")
        if subtype and subtype not in SUBTYPES:
            raise AwsError("BadRequestException", f"Invalid IntegrationSubtype: {subtype}", 400)
        before = None
        if found is not None and found["id"]:
            place = {"ApiId": unquote(found["api"]), "IntegrationId": unquote(found["id"])}
            before = await self._call("GetIntegration", place, scope)
        response = await self._engine.request(request)
        made = _json(response)
        if made is None:
            return response
        place = {"ApiId": _api_of(request), "IntegrationId": made["integrationId"]}
        kept = with_kept(_kept_of(body), before)
        if "requestTemplates" in body or before is None:
            own = made.get("requestTemplates") or {}
            kept["RequestTemplates"] = {**own, **(kept.get("RequestTemplates") or {})}
        if kept.get("RequestTemplates"):
            params = {**place, "RequestTemplates": kept["RequestTemplates"]}
            await self._call("UpdateIntegration", params, scope)
            made["requestTemplates"] = kept["RequestTemplates"]
        return _answer(response.status, _complete(made))

    async def _show_integrations(self, request: Request, scope: Scope) -> Response:
        response = await self._engine.request(request)
        shown = _json(response)
        if shown is None:
            return response
        if "items" in shown:
            return _answer(200, {**shown, "items": [_complete(one) for one in shown["items"]]})
        return _answer(200, _complete(shown))

    async def _reset_authorizers(self, request: Request, scope: Scope) -> Response:
        found = _AUTHORIZERS.fullmatch(request.raw_path)
        assert found is not None, "told apart by its path"
        api, stage = unquote(found["api"]), unquote(found["stage"])
        await self._call("GetStage", {"ApiId": api, "StageName": stage}, scope)
        self._forget_authorizers(api, stage)
        return Response(204)

    async def _create_deployment(self, request: Request, scope: Scope) -> Response | None:
        name = request.json_object().get("stageName")
        if not name:
            return None
        api = _api_of(request)
        stages = await items(self._engine, scope, "GetStages", {"ApiId": api})
        stage = next((one for one in stages if one["StageName"] == name), None)
        if stage is None:
            raise AwsError("NotFoundException", "Invalid stage identifier specified", 404)
        if stage.get("AutoDeploy"):
            message = "Deployment to stages with AutoDeploy enabled is not allowed"
            raise AwsError("BadRequestException", message, 400)
        response = await self._engine.request(request)
        made = _json(response)
        if made is not None:
            params = {"ApiId": api, "StageName": name, "DeploymentId": made["deploymentId"]}
            await self._call("UpdateStage", params, scope)
        return response


def _api_of(request: Request) -> str:
    found = _PATH.fullmatch(request.raw_path)
    return unquote(found["api"] or "") if found else ""


def _json(response: Response) -> Body | None:
    """The body of an answer that granted the request."""
    body = json.loads(response.body) if response.status < 300 and response.body else None
    return body if isinstance(body, dict) else None


def _answer(status: int, body: Body) -> Response:
    return Response(status, Headers([("Content-Type", "application/json")]), json.dumps(body).encode())


def _kept_of(body: Body) -> Body:
    """The members of a request that the engine drops, in boto3's shape."""
    kept = {name: body[_lower(name)] for name in KEPT_MEMBERS if _lower(name) in body}
    server = (body.get("tlsConfig") or {}).get("serverNameToVerify")
    return {**kept, "TlsConfig": {"ServerNameToVerify": server}} if server else kept


def _complete(integration: Body) -> Body:
    """An integration as it travels, with its kept members in their places."""
    whole = dict(integration)
    templates = dict(whole.pop("requestTemplates", None) or {})
    for name in [name for name in templates if name.startswith(KEPT_PREFIX)]:
        member, value = name.removeprefix(KEPT_PREFIX), templates.pop(name)
        if member == KEPT_SERVER_NAME:
            whole["tlsConfig"] = {"serverNameToVerify": value}
        else:
            whole[_lower(member)] = value
    return {**whole, "requestTemplates": templates} if templates else whole


def _wire(shape: Body) -> Body:
    """boto3's shape of an API as it travels."""
    shown: Body = {}
    for name, value in shape.items():
        if name == "CorsConfiguration":
            value = {_lower(key): item for key, item in value.items()}
        shown[_lower(name)] = value.isoformat() if hasattr(value, "isoformat") else value
    return shown


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
