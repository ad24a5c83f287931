"""Refuses parts of HTTP and WebSocket APIs that API Gateway refuses and the engine takes: what `part_rules` sees alone,
and what is there or is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from groundcloud.errors import AwsError
from groundcloud.gateway.control_checks import bad, refuse
from groundcloud.gateway.httpapi import part_rules
from groundcloud.gateway.httpapi.definition import items
from groundcloud.http import Request
from groundcloud.ports import AwsCaller, Scope

Check = Callable[[Request, Scope], Awaitable[None]]


class PartChecks:
    """Raises `AwsError`."""

    def __init__(self, engine: AwsCaller) -> None:
        self._engine = engine
        self._checks: dict[str, Check] = {
            "CreateApi": self._api,
            "CreateAuthorizer": self._authorizer,
            "DeleteAuthorizer": self._unused_authorizer,
            "CreateIntegration": self._integration,
            "DeleteIntegration": self._unused_integration,
            "CreateRoute": self._route,
            "UpdateRoute": self._route,
            "CreateStage": self._stage,
            "UpdateStage": self._changed_stage,
            "CreateDeployment": self._deployment,
            "CreateApiMapping": self._mapping,
            "CreateDomainName": self._domain,
        }

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raise for what is refused."""
        if operation in self._checks:
            await self._checks[operation](request, scope)

    async def _api(self, request: Request, scope: Scope) -> None:
        refuse(part_rules.api_problem(request.json_object()))

    async def _authorizer(self, request: Request, scope: Scope) -> None:
        api, body = _api_of(request), request.json_object()
        protocol = await self._protocol(api, scope)
        if body.get("authorizerType") == "JWT" and protocol == "WEBSOCKET":
            return  # refused by the engine, in AWS's words
        refuse(part_rules.authorizer_problem(body, protocol))
        name = body.get("name")
        if any(one.get("Name") == name for one in await self._listed("GetAuthorizers", api, scope)):
            raise bad(f"Authorizer name must be unique. Authorizer {name} already exists in this RestApi.")

    async def _unused_authorizer(self, request: Request, scope: Scope) -> None:
        await self._unused(request, scope, "AuthorizerId", "authorizer", "")

    async def _integration(self, request: Request, scope: Scope) -> None:
        protocol = await self._protocol(_api_of(request), scope)
        refuse(part_rules.integration_problem(request.json_object(), protocol))

    async def _unused_integration(self, request: Request, scope: Scope) -> None:
        await self._unused(request, scope, "Target", "Integration", "integrations/")

    async def _unused(self, request: Request, scope: Scope, member: str, kind: str, prefix: str) -> None:
        api, part = _api_of(request), unquote(request.raw_path.rstrip("/").rpartition("/")[2])
        for route in await self._listed("GetRoutes", api, scope):
            if route.get(member) == prefix + part:
                message = f"Cannot delete {kind} '{part}', is referenced in route: {route.get('RouteKey')}"
                raise AwsError("ConflictException", message, 409)

    async def _route(self, request: Request, scope: Scope) -> None:
        api, body = _api_of(request), request.json_object()
        kind, scopes = body.get("authorizationType"), body.get("authorizationScopes")
        target = body.get("target")
        if isinstance(target, str) and target and not target.startswith("integrations/"):
            raise bad(f"Invalid target: {target}. A target is integrations/ and the id of an integration")
        if kind is None and not (scopes and request.method == "POST"):
            return
        listed = await self._listed("GetAuthorizers", api, scope) if body.get("authorizerId") else []
        found = next((one for one in listed if one.get("AuthorizerId") == body["authorizerId"]), None)
        if request.method != "POST" and not body.get("authorizerId"):
            return  # an update may leave the authorizer that is there
        refuse(part_rules.authorization_problem(kind or "NONE", found, scopes, await self._protocol(api, scope)))

    async def _stage(self, request: Request, scope: Scope) -> None:
        api, body = _api_of(request), request.json_object()
        refuse(part_rules.stage_problem(body, await self._protocol(api, scope)))
        if any(one.get("StageName") == body.get("stageName") for one in await self._listed("GetStages", api, scope)):
            raise AwsError("ConflictException", "Stage already exists", 409)
        await self._deployed(api, body, scope)

    async def _changed_stage(self, request: Request, scope: Scope) -> None:
        api, body = _api_of(request), request.json_object()
        refuse(part_rules.stage_problem({**body, "stageName": None}, await self._protocol(api, scope)))
        await self._deployed(api, body, scope)

    async def _deployed(self, api: str, body: dict[str, Any], scope: Scope) -> None:
        deployment = body.get("deploymentId")
        if not deployment:
            return
        if deployment not in {one.get("DeploymentId") for one in await self._listed("GetDeployments", api, scope)}:
            raise AwsError("NotFoundException", "Invalid deployment identifier specified", 404)

    async def _deployment(self, request: Request, scope: Scope) -> None:
        if not await self._listed("GetRoutes", _api_of(request), scope):
            raise bad("At least one route is required before deploying the Api.")

    async def _domain(self, request: Request, scope: Scope) -> None:
        name = str(request.json_object().get("domainName") or "")
        known = await items(self._engine, scope, "GetDomainNames", {})
        if any(one.get("DomainName") == name for one in known):
            raise bad("The domain name you provided already exists.")

    async def _mapping(self, request: Request, scope: Scope) -> None:
        """The API and its stage are there, and the path is free."""
        domain, body = _api_of(request), request.json_object()
        listed = await items(self._engine, scope, "GetApiMappings", {"DomainName": domain})
        taken = [str(one.get("ApiMappingKey") or "") for one in listed]
        problem = part_rules.mapping_key_problem(str(body.get("apiMappingKey") or ""), taken)
        if problem == part_rules.TAKEN_KEY:
            raise AwsError("ConflictException", problem, 409)
        refuse(problem)

    async def _listed(self, operation: str, api: str, scope: Scope) -> list[Any]:
        return list(await items(self._engine, scope, operation, {"ApiId": api}))

    async def _protocol(self, api: str, scope: Scope) -> str:
        found = await self._engine.call("apigatewayv2", "GetApi", {"ApiId": api}, scope=scope)
        return str(found.get("ProtocolType") or "HTTP")


def _api_of(request: Request) -> str:
    """``/v2/apis/{api}/…``"""
    return unquote((request.raw_path.split("/") + ["", "", "", ""])[3])
