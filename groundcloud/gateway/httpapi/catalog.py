"""Finds the HTTP or WebSocket API a URL names and keeps it compiled: the one door to the control plane."""

from __future__ import annotations

import asyncio

from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.compile import compile_api
from groundcloud.gateway.httpapi.definition import items, read_definition
from groundcloud.gateway.httpapi.deployments import Deployments
from groundcloud.gateway.httpapi.model import Api
from groundcloud.ports import Changes, Engine, Scope, Scopes

_ENTRIES_KEPT = 4096


class Catalog:
    """Compiled APIs by id, thrown away whenever the control plane may have changed. Callers that ask for the same API
    at once wait for one compilation."""

    def __init__(
        self, engine: Engine, changes: Changes, scopes: Scopes, default_scope: Scope, deployments: Deployments
    ) -> None:
        self._engine = engine
        self._changes = changes
        self._scopes = scopes
        self._default = default_scope
        self._deployments = deployments
        self._generation = -1
        self._entries: dict[tuple[str, str | None], asyncio.Task[Api | None]] = {}

    async def find(self, api_id: str, region: str | None) -> Api | None:
        """The API, or None when there is none of that id. Raises `AwsError`."""
        generation = self._changes.generation("apigatewayv2")
        if generation != self._generation or len(self._entries) >= _ENTRIES_KEPT:
            self._generation = generation
            self._entries = {}
        entries, key = self._entries, (api_id, region)
        task = entries.get(key)
        if task is None:
            task = entries[key] = asyncio.create_task(self._load(api_id, region))
        if not task.done():
            # Not awaited itself: the caller that came first may hang up, the others still want the answer.
            await asyncio.wait((task,))
        if task.exception() is not None:
            entries.pop(key, None)
        return task.result()

    async def _load(self, api_id: str, region: str | None) -> Api | None:
        for scope in self._scopes.known() or [self._default]:
            if region in (None, scope.region):
                try:
                    api = await self._engine.call("apigatewayv2", "GetApi", {"ApiId": api_id}, scope=scope)
                except AwsError as error:
                    if error.status == 404 or error.code in ("NotFoundException", "NotFound", "404"):
                        continue
                    raise
                definition = await read_definition(self._engine, scope, api)
                stages = await items(self._engine, scope, "GetStages", {"ApiId": api_id})
                ids = {str(stage["DeploymentId"]) for stage in stages if stage.get("DeploymentId")}
                return compile_api(scope, definition, stages, self._deployments.find(scope, api_id, ids))
        return None
