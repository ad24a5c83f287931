"""What each deployment of an API froze, kept beside the control plane, which keeps no such snapshot itself.

Copied on write: until an API is changed, what a deployment froze is the API as it is; so whoever is about to let a
change through calls `freeze` first, and every deployment that has no snapshot yet gets one then. Nothing is lost by a
restart in between, and a stack's last touches to the API it deployed are still in.
"""

from __future__ import annotations

import asyncio
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar
from weakref import WeakValueDictionary, finalize

from groundcloud import database
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

log = logging.getLogger("groundcloud.gateway")

D = TypeVar("D")
"""A definition: a dataclass of plain JSON."""

_PLACE = "account = ? AND region = ? AND api = ?"


class Snapshots(ABC, Generic[D]):
    """Snapshots in a table of one SQLite file, or in memory when `file` is None. A kind of API says how its control
    plane is read."""

    table: ClassVar[str]
    definition: type[D]

    def __init__(self, engine: AwsCaller, file: Path | None) -> None:
        self._engine = engine
        columns = (
            "account TEXT, region TEXT, api TEXT, id TEXT, definition TEXT, PRIMARY KEY (account, region, api, id)"
        )
        schema = f"CREATE TABLE IF NOT EXISTS {self.table} ({columns}) WITHOUT ROWID"
        self._database = database.opened(file or Path(":memory:"), schema)
        # For whoever drops this without `close`: Python 3.13 warns of a database left open.
        finalize(self, self._database.close)
        self._locks: WeakValueDictionary[tuple[Scope, str], asyncio.Lock] = WeakValueDictionary()

    @abstractmethod
    async def apis(self, scope: Scope) -> set[str]:
        """The ids of the APIs of `scope`. Raises `AwsError`."""

    @abstractmethod
    async def deployments(self, scope: Scope, api: str) -> set[str]:
        """The names by which stages know the deployments of `api`. Raises `AwsError`."""

    @abstractmethod
    async def read(self, scope: Scope, api: str) -> D:
        """`api` as it is now. Raises `AwsError`."""

    def find(self, scope: Scope, api: str, ids: Iterable[str]) -> dict[str, D]:
        """The snapshots of those deployments that have one: all others are as the API is now."""
        found = {}
        for one in ids:
            row = self._database.execute(
                f"SELECT definition FROM {self.table} WHERE {_PLACE} AND id = ?",
                (scope.account, scope.region, api, one),
            ).fetchone()
            if row is not None:
                found[one] = self.definition(**json.loads(row[0]))
        return found

    async def deployed(self, scope: Scope, api: str, deployment: str) -> D:
        """What `deployment` serves. Raises `AwsError`."""
        found = self.find(scope, api, (deployment,)).get(deployment)
        return await self.read(scope, api) if found is None else found

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
            apis = await self.apis(scope)
        except AwsError as error:
            log.warning("APIs of %s could not be listed: %s", scope, error)
            return
        for api in apis:
            await self.freeze(scope, api)
        known = self._database.execute(
            f"SELECT DISTINCT api FROM {self.table} WHERE account = ? AND region = ?", (scope.account, scope.region)
        ).fetchall()
        for (api,) in known:
            if api not in apis:
                self._keep_only(scope, api, set())

    def clear(self) -> None:
        """Forget every snapshot."""
        database.empty(self._database)

    def close(self) -> None:
        self._database.close()

    async def _freeze(self, scope: Scope, api: str) -> None:
        listed = await self.deployments(scope, api)
        new = listed - self._keep_only(scope, api, listed)
        if not new:
            return
        definition: Any = await self.read(scope, api)
        text = json.dumps(asdict(definition), default=str)
        self._database.executemany(
            f"INSERT OR IGNORE INTO {self.table} VALUES (?, ?, ?, ?, ?)",
            [(scope.account, scope.region, api, one, text) for one in new],
        )

    def _keep_only(self, scope: Scope, api: str, listed: set[str]) -> set[str]:
        """The ids with a snapshot, after those that nothing names any more were dropped."""
        place = (scope.account, scope.region, api)
        rows = self._database.execute(f"SELECT id FROM {self.table} WHERE {_PLACE}", place).fetchall()
        kept = {str(one) for (one,) in rows}
        self._database.executemany(
            f"DELETE FROM {self.table} WHERE {_PLACE} AND id = ?", [(*place, one) for one in kept - listed]
        )
        return kept & listed
