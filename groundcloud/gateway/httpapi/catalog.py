"""Finds the HTTP or WebSocket API a URL names and keeps it compiled: the one door to the control plane."""

from __future__ import annotations

from collections.abc import Awaitable

from groundcloud.gateway.catalog import or_none
from groundcloud.gateway.httpapi.compile import compile_api
from groundcloud.gateway.httpapi.definition import items, read_definition
from groundcloud.gateway.httpapi.deployments import Deployments
from groundcloud.gateway.httpapi.model import Api
from groundcloud.gateway.latest import Latest
from groundcloud.ports import Changes, Engine, Scope, Scopes


class Catalog:
    """Compiled APIs by id, thrown away whenever the control plane may have changed."""

    def __init__(
        self, engine: Engine, changes: Changes, scopes: Scopes, default_scope: Scope, deployments: Deployments
    ) -> None:
        self._engine = engine
        self._scopes = scopes
        self._default = default_scope
        self._deployments = deployments
        self._apis: Latest[tuple[str, str | None], Api | None] = Latest(
            lambda: changes.generation("apigatewayv2"), self._load
        )

    def find(self, api_id: str, region: str | None) -> Awaitable[Api | None]:
        """The API, or None when there is none of that id. Raises `AwsError` when awaited."""
        return self._apis.get((api_id, region))

    def clear(self) -> None:
        """Forget every API."""
        self._apis.clear()

    async def _load(self, key: tuple[str, str | None]) -> Api | None:
        api_id, region = key
        for scope in self._scopes.likeliest() or [self._default]:
            if region not in (None, scope.region):
                continue
            api = await or_none(self._engine.call("apigatewayv2", "GetApi", {"ApiId": api_id}, scope=scope))
            if api is not None:
                definition = await read_definition(self._engine, scope, api)
                stages = await items(self._engine, scope, "GetStages", {"ApiId": api_id})
                ids = {str(stage["DeploymentId"]) for stage in stages if stage.get("DeploymentId")}
                return compile_api(scope, definition, stages, self._deployments.find(scope, api_id, ids))
        return None
