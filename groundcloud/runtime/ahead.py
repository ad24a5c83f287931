"""Has Node.js processes ready before the first function of Node.js is called.

The control plane is asked once what there is, and again when it has changed and rests, until there is such a function;
from then on each start of one makes the next process.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, Scope
from groundcloud.runtime import limits

_log = logging.getLogger(__name__)


class Ahead:
    """`warm` is told each runtime of Node.js that is found. `run()` is the background task; it ends when it is done."""

    def __init__(
        self,
        engine: AwsCaller,
        changes: Changes,
        scopes: Callable[[], list[Scope]],
        warm: Callable[[str], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._changes = changes
        self._scopes = scopes
        self._warm = warm
        self._without: dict[Scope, int] = {}

    async def run(self) -> None:
        seen = -1
        while True:
            generation = self._changes.generation("lambda")
            if generation != seen:
                await asyncio.sleep(limits.AHEAD_SECONDS if seen >= 0 else 0)
                if seen >= 0 and generation != self._changes.generation("lambda"):
                    continue
                seen = generation
                runtimes = await self.look()
                for runtime in sorted(runtimes):
                    await self._try(runtime)
                if runtimes:
                    return
            await asyncio.sleep(limits.CHANGE_SECONDS)

    async def look(self) -> set[str]:
        """The runtimes of Node.js that functions have, in the accounts where anything may have changed."""
        found: set[str] = set()
        for scope in self._scopes():
            generation = self._changes.generation("lambda", scope.account)
            if self._without.get(scope) == generation:
                continue
            try:
                runtimes = await self._runtimes_of(scope)
                if not runtimes:
                    self._without[scope] = generation
                found |= runtimes
            except AwsError as error:
                _log.debug("functions of %s are not known: %s", scope, error)
        return found

    async def _runtimes_of(self, scope: Scope) -> set[str]:
        found: set[str] = set()
        params: dict[str, str] = {}
        while True:
            page = await self._engine.call("lambda", "ListFunctions", params, scope=scope)
            runtimes = [str(each.get("Runtime")) for each in page.get("Functions") or ()]
            found.update(each for each in runtimes if each.startswith("nodejs"))
            if not page.get("NextMarker"):
                return found
            params = {"Marker": page["NextMarker"]}

    async def _try(self, runtime: str) -> None:
        try:
            await self._warm(runtime)
        except AwsError as error:
            # Who calls it gets the error.
            _log.debug("no %s is made ready: %s", runtime, error)
