"""What deployments of HTTP and WebSocket APIs froze; as `gateway/deployments.py` does for REST APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html: a stage with automatic deployment
serves the API as it is, any other one "a snapshot of your API's current configuration".
Copied on write: whoever is about to let a change through calls `freeze` first. A deployment is known by the name that a
stage has for it: that of CloudFormation is no id of the control plane.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from weakref import WeakValueDictionary, finalize

from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.definition import Definition, items, read_definition
from groundcloud.ports import AwsCaller, Scope

log = logging.getLogger("groundcloud.gateway")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS http_deployments (
    account TEXT, region TEXT, api TEXT, id TEXT, definition TEXT, PRIMARY KEY (account, region, api, id)
) WITHOUT ROWID
"""
_PLACE = "account = ? AND region = ? AND api = ?"


class Deployments:
    """Snapshots in one SQLite file, or in memory when `file` is None."""

    def __init__(self, engine: AwsCaller, file: Path | None) -> None:
        self._engine = engine
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None)
        # For whoever drops this without `close`: Python 3.13 warns of a database left open.
        finalize(self, self._database.close)
        self._database.execute(_SCHEMA)
        self._locks: WeakValueDictionary[tuple[Scope, str], asyncio.Lock] = WeakValueDictionary()

    def find(self, scope: Scope, api: str, ids: Iterable[str]) -> dict[str, Definition]:
        """The snapshots of those deployments that have one: all others are as the API is now."""
        found = {}
        for one in ids:
            row = self._database.execute(
                f"SELECT definition FROM http_deployments WHERE {_PLACE} AND id = ?",
                (scope.account, scope.region, api, one),
            ).fetchone()
            if row is not None:
                found[one] = Definition(**json.loads(row[0]))
        return found

    async def freeze(self, scope: Scope, api: str) -> None:
        """Keep `api` as it is now for each of its deployments that has no snapshot. A missing API has none."""
        lock = self._locks.setdefault((scope, api), asyncio.Lock())
        async with lock:
            try:
                await self._freeze(scope, api)
            except AwsError as error:
                if error.status != 404:
                    log.warning("API %s: what is deployed could not be kept: %s", api, error)

    async def freeze_all(self, scope: Scope) -> None:
        """`freeze` every API of `scope`, and forget those that are gone."""
        try:
            apis = {str(one["ApiId"]) for one in await items(self._engine, scope, "GetApis", {})}
        except AwsError as error:
            log.warning("APIs of %s could not be listed: %s", scope, error)
            return
        for api in apis:
            await self.freeze(scope, api)
        known = self._database.execute(
            "SELECT DISTINCT api FROM http_deployments WHERE account = ? AND region = ?", (scope.account, scope.region)
        ).fetchall()
        for (api,) in known:
            if api not in apis:
                self._keep_only(scope, api, set())

    def close(self) -> None:
        self._database.close()

    async def _freeze(self, scope: Scope, api: str) -> None:
        params = {"ApiId": api}
        listed = {str(one["DeploymentId"]) for one in await items(self._engine, scope, "GetDeployments", params)}
        stages = await items(self._engine, scope, "GetStages", params)
        listed |= {str(one["DeploymentId"]) for one in stages if one.get("DeploymentId")}
        new = listed - self._keep_only(scope, api, listed)
        if not new:
            return
        described = await self._engine.call("apigatewayv2", "GetApi", params, scope=scope)
        definition = json.dumps(asdict(await read_definition(self._engine, scope, described)), default=str)
        self._database.executemany(
            "INSERT OR IGNORE INTO http_deployments VALUES (?, ?, ?, ?, ?)",
            [(scope.account, scope.region, api, one, definition) for one in new],
        )

    def _keep_only(self, scope: Scope, api: str, listed: set[str]) -> set[str]:
        """The ids with a snapshot, after those that nothing names any more were dropped."""
        place = (scope.account, scope.region, api)
        rows = self._database.execute(f"SELECT id FROM http_deployments WHERE {_PLACE}", place).fetchall()
        kept = {str(one) for (one,) in rows}
        self._database.executemany(
            f"DELETE FROM http_deployments WHERE {_PLACE} AND id = ?", [(*place, one) for one in kept - listed]
        )
        return kept & listed
