"""Keeps the environments of every function: reuses the freshest, makes more on demand, ends the idle.

One call per environment at a time. A call that finds no idle environment gets a new one at once, unless that would be
more than the function's reserved concurrency or more processes than this machine is given: then it is throttled, never
queued, so a function that calls itself cannot wait for itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from groundcloud.clock import Clock
from groundcloud.ports import Scope
from groundcloud.runtime import errors, limits
from groundcloud.runtime.environment import Call, Environment, Outcome
from groundcloud.runtime.function import Function

IdleCallback = Callable[[Environment], None]
Start = Callable[[Function, IdleCallback, IdleCallback], Awaitable[Environment]]
"""Makes an environment of a function, given what it calls when idle and when ended. Raises `AwsError`."""

_ATTEMPTS = 3


class Pool:
    """The environments of one version of one function. `all` includes those that are starting."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.idle: list[Environment] = []
        self.all: set[Environment] = set()
        self.starting = 0

    @property
    def size(self) -> int:
        return len(self.all) + self.starting

    @property
    def in_use(self) -> int:
        return self.size - len(self.idle)


class Pools:
    """All pools, and the limit over them."""

    def __init__(self, start: Start, clock: Clock) -> None:
        self._start = start
        self._clock = clock
        self._pools: dict[tuple[Scope, str, str], Pool] = {}
        self._by_name: dict[tuple[Scope, str], list[Pool]] = {}
        self._ending: set[Environment] = set()
        self._tasks: set[asyncio.Task[Environment]] = set()
        self._closed = False

    def pool(self, function: Function) -> Pool:
        """The pool of `function`; environments of an older state of it are retired."""
        pool = self._pools.get(function.key)
        if pool is None:
            pool = self._pools[function.key] = Pool(function)
            self._by_name.setdefault(function.key[:2], []).append(pool)
        elif pool.function is not function:
            changed = pool.function.fingerprint != function.fingerprint
            pool.function = function
            if changed:
                self._retire_idle(pool)
        return pool

    def pool_of(self, key: tuple[Scope, str, str]) -> Pool | None:
        return self._pools.get(key)

    def concurrency(self, function: Function) -> int:
        """How many calls of the function run now, over all its versions."""
        return sum(pool.in_use for pool in self._by_name.get(function.key[:2], ()))

    async def run(self, function: Function, call: Call) -> Outcome:
        """Run one call to its end. Raises `AwsError` when throttled or when no environment can be made."""
        pool = self.pool(function)
        reserved = function.reserved
        if reserved is not None and self.concurrency(function) >= reserved:
            raise errors.function_throttled(reserved)
        for _ in range(_ATTEMPTS):
            environment = self._take_idle(pool) or await self._make(pool)
            try:
                return await environment.submit(call)
            except errors.EnvironmentGoneError:
                continue
        raise errors.service_failure(f"its environment ended {_ATTEMPTS} times before the call could begin")

    def _take_idle(self, pool: Pool) -> Environment | None:
        if not pool.idle:
            return None
        latest = self._clock.monotonic() + pool.function.timeout + limits.CREDENTIAL_MARGIN_SECONDS
        while pool.idle:
            environment = pool.idle.pop()
            if environment.expires > latest:
                return environment
            environment.end()
        return None

    async def _make(self, pool: Pool) -> Environment:
        if self._closed:
            raise errors.service_failure("the cloud is stopping")
        if self._processes() >= limits.ENVIRONMENTS and not self._evict():
            raise errors.account_throttled()
        pool.starting += 1
        # A task of its own: a caller that goes away must not leave a process behind that nobody knows of.
        task = asyncio.get_running_loop().create_task(self._make_one(pool))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._adopt)
            raise

    async def _make_one(self, pool: Pool) -> Environment:
        try:
            environment = await self._start(pool.function, self._released, self._ended)
        finally:
            pool.starting -= 1
        if not environment.ended:
            pool.all.add(environment)
        if self._closed:
            environment.end()
        return environment

    def _adopt(self, task: asyncio.Task[Environment]) -> None:
        """Keep an environment whose caller has gone away while it was made."""
        if not task.cancelled() and task.exception() is None and not task.result().ended:
            self._released(task.result())

    def _released(self, environment: Environment) -> None:
        pool = self._pools.get(environment.function.key)
        # Not in `all`: it belongs to a function that was deleted, whatever has its name now.
        known = pool is not None and environment in pool.all
        if pool is None or not known or environment.function.fingerprint != pool.function.fingerprint:
            environment.end()
        else:
            pool.idle.append(environment)

    def _ended(self, environment: Environment) -> None:
        pool = self._pools.get(environment.function.key)
        if pool is not None:
            pool.all.discard(environment)
            if environment in pool.idle:
                pool.idle.remove(environment)
        if not environment.gone.is_set():
            self._ending.add(environment)

    def _processes(self) -> int:
        return sum(pool.size for pool in self._pools.values())

    def _evict(self) -> bool:
        """End the environment that has been idle longest, of any function."""
        idle = [environment for pool in self._pools.values() for environment in pool.idle]
        if not idle:
            return False
        min(idle, key=lambda environment: environment.idle_since).end()
        return True

    def _retire_idle(self, pool: Pool) -> None:
        for environment in list(pool.idle):
            environment.end()

    def forget(self, scope: Scope, name: str) -> None:
        """The function was deleted: end what is idle, and let what runs finish."""
        for pool in self._by_name.pop((scope, name), []):
            del self._pools[pool.function.key]
            self._retire_idle(pool)

    def reap(self) -> None:
        """End what has been idle too long, and forget what is over."""
        now = self._clock.monotonic()
        for pool in list(self._pools.values()):
            for environment in list(pool.idle):
                if environment.idle_since <= now - _kept(environment, freshest=environment is pool.idle[-1]):
                    environment.end()
            if not pool.size:
                self._drop(pool)
        self._ending = {environment for environment in self._ending if not environment.gone.is_set()}

    def _drop(self, pool: Pool) -> None:
        key = pool.function.key
        del self._pools[key]
        self._by_name[key[:2]].remove(pool)
        if not self._by_name[key[:2]]:
            del self._by_name[key[:2]]

    async def close(self) -> None:
        """End every environment and wait until all are gone."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=limits.STOP_SECONDS)
        for pool in self._pools.values():
            for environment in list(pool.all):
                environment.end()
        waiting = [asyncio.ensure_future(environment.gone.wait()) for environment in self._ending]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=limits.STOP_SECONDS)
            for task in late:
                task.cancel()


def _kept(environment: Environment, *, freshest: bool) -> float:
    """Seconds for which it may be idle: what a burst of calls has left goes soon, unless its start took long."""
    surplus = max(limits.SURPLUS_SECONDS, environment.start_seconds * limits.SURPLUS_STARTS)
    return limits.IDLE_SECONDS if freshest else min(surplus, limits.IDLE_SECONDS)
