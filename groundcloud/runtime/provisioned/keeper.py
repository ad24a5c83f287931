"""Keeps the environments of provisioned concurrency: as many as asked for, of the version that is meant now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import Changes
from groundcloud.runtime import limits
from groundcloud.runtime.function import Function, Reference
from groundcloud.runtime.pool import Pools
from groundcloud.runtime.provisioned.config import Config
from groundcloud.runtime.provisioned.errors import INIT_FAILURE
from groundcloud.runtime.room import Pool

Find = Callable[[Reference], Awaitable[Function]]


class Keeper:
    """States of a configuration: asked for → its version is known → environments start → ready, or failed, which is
    tried again after a while or when another version is meant."""

    def __init__(self, find: Find, pools: Pools, changes: Changes, clock: Clock) -> None:
        self._find = find
        self._pools = pools
        self._changes = changes
        self._clock = clock
        self._seen: dict[Config, int] = {}
        self._filling: dict[Config, asyncio.Task[None]] = {}

    async def look(self, configs: Iterable[Config]) -> list[Config]:
        """Bring each to what it should be, in the background; returns those whose function or alias is gone."""
        return [config for config in list(configs) if not await self.keep(config)]

    async def keep(self, config: Config) -> bool:
        """The same of one; False when there is nothing to keep any more."""
        generation = self._changes.generation("lambda")
        if self._seen.get(config) != generation:
            try:
                self.aim(config, await self._find(config.reference))
            except AwsError as error:
                # What is not ready yet will be; what is gone is gone.
                return error.code != "ResourceNotFoundException"
            self._seen[config] = generation
        self._top_up(config)
        return True

    def aim(self, config: Config, found: Function) -> None:
        """The environments are to be those of `found`."""
        if config.base is found:
            return
        provided = replace(found, provided_for=config.reference.qualifier or "")
        if config.function is not None and config.function.pool_key != provided.pool_key:
            self._pools.keep(config.function, 0)
            config.failed = ""
        config.base, config.function = found, provided

    def _top_up(self, config: Config) -> None:
        assert config.function is not None
        config.pool = self._pools.keep(config.function, config.requested)
        if config.failed and self._clock.monotonic() - config.failed_at < limits.PROVIDED_RETRY_SECONDS:
            return
        if config.pool.size < config.requested and config not in self._filling:
            config.failed = ""
            task = asyncio.get_running_loop().create_task(self._fill(config, config.pool))
            self._filling[config] = task
            task.add_done_callback(lambda _: self._filling.pop(config, None))

    async def _fill(self, config: Config, pool: Pool) -> None:
        """Start what is missing, some at once, until one fails."""

        async def start() -> None:
            while config.pool is pool and not config.failed and pool.size < config.requested:
                try:
                    problem = "" if await self._pools.prepare(pool) else INIT_FAILURE
                except AwsError as error:
                    problem = error.message
                if problem and config.pool is pool:
                    config.failed, config.failed_at = problem, self._clock.monotonic()

        await asyncio.gather(*(start() for _ in range(limits.PROVIDED_STARTS)))

    def drop(self, config: Config) -> None:
        """It is not wanted any more: its environments end, those that are at work after their call."""
        self._seen.pop(config, None)
        if config.function is not None and self._pools.pool_of(config.function) is not None:
            self._pools.keep(config.function, 0)
        config.pool = None
