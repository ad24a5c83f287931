"""Ends the environments of functions that were deleted or changed, though nobody calls them any more.

The generation of the control plane is looked at, not the requests: a stack, or the engine itself, deletes as well.
"""

from __future__ import annotations

import asyncio

from groundcloud.errors import AwsError
from groundcloud.ports import Changes
from groundcloud.runtime import limits
from groundcloud.runtime.catalog import Catalog
from groundcloud.runtime.function import Function, Reference
from groundcloud.runtime.pool import Pools


class ChangeWatch:
    """`run()` is its background task."""

    def __init__(self, changes: Changes, catalog: Catalog, pools: Pools) -> None:
        self._changes = changes
        self._catalog = catalog
        self._pools = pools
        self._seen: dict[str, int] = {}

    async def run(self) -> None:
        seen = self._changes.generation("lambda")
        while True:
            await asyncio.sleep(limits.CHANGE_SECONDS)
            generation = self._changes.generation("lambda")
            if generation != seen:
                seen = generation
                await self.look()

    async def look(self) -> None:
        """Look at the functions of the accounts where anything may have changed since the last time."""
        functions = self._pools.functions()
        accounts = {function.scope.account for function in functions}
        now = {account: self._changes.generation("lambda", account) for account in accounts}
        before, self._seen = self._seen, now
        for function in functions:
            account = function.scope.account
            if now[account] != before.get(account):
                await self._look(function)

    async def _look(self, function: Function) -> None:
        version = None if function.version == "$LATEST" else function.version
        try:
            found = await self._catalog.find(Reference(function.scope, function.name, version))
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                self._pools.forget(function.scope, function.name, version)
            return
        if function.local is None and not function.provided_for:
            # What runs as it is saved is the affair of whoever watches the sources.
            self._pools.pool(found)
