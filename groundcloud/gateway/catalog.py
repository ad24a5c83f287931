"""Finds the API a request names and keeps it compiled: the one door to the control plane."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.compile import compile_api
from groundcloud.gateway.definition import read_definition
from groundcloud.gateway.deployments import Deployments
from groundcloud.gateway.latest import Latest
from groundcloud.gateway.model import Api
from groundcloud.gateway.target import Target
from groundcloud.ports import Changes, Engine, Scope, Scopes

_NOT_THERE = ("NotFoundException", "NotFound", "404")

Elsewhere = bool
"""True when the id is not a REST API's but another kind of API has it, so that someone else answers."""


class Catalog:
    """Compiled APIs by id, thrown away whenever API Gateway's control plane may have changed."""

    def __init__(
        self, engine: Engine, changes: Changes, scopes: Scopes, default_scope: Scope, deployments: Deployments
    ) -> None:
        self._engine = engine
        self._scopes = scopes
        self._default = default_scope
        self._deployments = deployments
        self._apis: Latest[tuple[str, str | None], Api | Elsewhere] = Latest(
            lambda: (changes.generation("apigateway"), changes.generation("apigatewayv2")), self._load
        )

    def find(self, target: Target) -> Awaitable[Api | Elsewhere]:
        """The API of `target`; else whether another kind of API has that id. Raises `AwsError` when awaited."""
        return self._apis.get((target.api_id, target.region))

    def clear(self) -> None:
        """Forget every API."""
        self._apis.clear()

    async def _load(self, key: tuple[str, str | None]) -> Api | Elsewhere:
        api_id, region = key
        places = [scope for scope in self._scopes.likeliest() or [self._default] if region in (None, scope.region)]
        for scope in places:
            rest_api = await or_none(self._engine.call("apigateway", "GetRestApi", {"restApiId": api_id}, scope=scope))
            if rest_api is not None:
                return await self._compile(scope, rest_api)
        for scope in places:
            if await or_none(self._engine.call("apigatewayv2", "GetApi", {"ApiId": api_id}, scope=scope)) is not None:
                return True
        return False

    async def _compile(self, scope: Scope, rest_api: Any) -> Api:
        definition = await read_definition(self._engine, scope, rest_api)
        stages = await self._engine.call("apigateway", "GetStages", {"restApiId": rest_api["id"]}, scope=scope)
        listed = stages.get("item") or []
        ids = {str(stage["deploymentId"]) for stage in listed if stage.get("deploymentId")}
        return compile_api(scope, definition, listed, self._deployments.find(scope, rest_api["id"], ids))


async def or_none(call: Awaitable[Any]) -> Any | None:
    """The answer, or None when there is no such API."""
    try:
        return await call
    except AwsError as error:
        if error.code in _NOT_THERE or error.status == 404:
            return None
        raise
