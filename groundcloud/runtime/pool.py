"""Keeps the environments of every function: reuses the freshest, makes more on demand, ends the idle.

    call ──► a lane, if it is a short one (`lanes.py`) ──► an idle environment ──► run
         └─► room for another? ──► make it         room: count and memory; idle environments of others make room
             └─► wait in turn ──► one that is released, or room that is made; too long: throttled

One call per environment at a time. What exceeds the function's reserved concurrency, or the account's, is throttled at
once, as on AWS; what only exceeds this machine waits (`waiting.py`), for a bounded time, so that a function which waits
for itself ends too. An environment that is released goes on with its function's next call, unless another function
that waits has fewer: then it makes room for that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from groundcloud.clock import Clock
from groundcloud.ports import Scope
from groundcloud.runtime import errors, limits
from groundcloud.runtime.call import Share
from groundcloud.runtime.environment import Call, Environment, Outcome
from groundcloud.runtime.function import Function, Reference
from groundcloud.runtime.lanes import Lane, Lanes, processors
from groundcloud.runtime.room import Pool, Room, Spare
from groundcloud.runtime.waiting import FairQueue

IdleCallback = Callable[[Environment], None]
Start = Callable[[Function, IdleCallback, IdleCallback], Awaitable[Environment]]
"""Makes an environment of a function, given what it calls when idle and when ended. Raises `AwsError`."""

_ATTEMPTS = 3


class Pools:
    """All pools, and the limits over them. `budget` is MB for all environments together, and what is `spare`."""

    def __init__(self, start: Start, clock: Clock, budget: int, spare: Spare) -> None:
        self._start = start
        self._clock = clock
        self._pools: dict[tuple[Scope, str, str, str], Pool] = {}
        self._by_name: dict[tuple[Scope, str], list[Pool]] = {}
        self._room = Room(self._pools, budget, spare)
        self._queue: FairQueue[Pool, Environment | None] = FairQueue()
        self._lanes = Lanes(processors(), limits.LANE_SECONDS)
        self._ending: set[Environment] = set()
        self._tasks: set[asyncio.Task[Environment]] = set()
        self._dispatching = False
        self._closed = False

    def pool(self, function: Function) -> Pool:
        """The pool of `function`; environments of an older state of it are retired."""
        pool = self._pools.get(function.pool_key)
        if pool is None:
            pool = self._pools[function.pool_key] = Pool(function)
            self._by_name.setdefault(function.key[:2], []).append(pool)
        elif pool.function is not function:
            changed = pool.function.fingerprint != function.fingerprint
            pool.function = function
            if changed:
                self._retire_idle(pool)
        return pool

    def pool_of(self, function: Function) -> Pool | None:
        return self._pools.get(function.pool_key)

    def has_room(self, megabytes: int) -> bool:
        return self._room.has(megabytes)

    def functions(self) -> list[Function]:
        """Every version that has environments."""
        return [pool.function for pool in self._pools.values() if pool.size]

    def concurrency(self, function: Function) -> int:
        """How many calls of the function run or wait now, over all its versions; what is provisioned counts whole,
        because nobody else may have it."""
        return sum(pool.kept or pool.calls for pool in self._by_name.get(function.key[:2], ()))

    def account_concurrency(self, scope: Scope) -> int:
        """The same over all functions of an account in a region."""
        pools = (pool for pool in self._pools.values() if pool.size and pool.function.scope == scope)
        return sum(pool.kept or pool.calls for pool in pools)

    async def run(self, function: Function, call: Call) -> Outcome:
        """Run one call to its end. Raises `AwsError` when throttled or when no environment can be made."""
        if function.provided_for:
            provided = self.pool(function)
            environment = self._take_idle(provided)
            if environment is not None:
                ready = len(provided.all) - provided.preparing
                call.provided = Share(ready - len(provided.idle), ready)
                with suppress(errors.EnvironmentGoneError):
                    return await environment.submit(call)
                call.provided = None
            # What is beyond the provisioned concurrency runs as any other call.
            function = replace(function, provided_for="")
        pool = self.pool(function)
        reserved = function.reserved
        if reserved is not None and self.concurrency(function) >= reserved:
            raise errors.function_throttled(reserved)
        if not pool.is_brief:
            return await self._run_in(pool, call)
        lane = self._lanes.take() or await self._lane(pool)
        try:
            # It may have changed while this call waited.
            return await self._run_in(self.pool(pool.function), call)
        finally:
            self._lanes.end(lane)

    async def _lane(self, pool: Pool) -> Lane:
        """Wait for a lane; meanwhile the call counts as one that runs, as it would on AWS."""
        pool.waiting += 1
        try:
            return await self._lanes.wait()
        finally:
            pool.waiting -= 1

    async def _run_in(self, pool: Pool, call: Call) -> Outcome:
        made = 0
        while made < _ATTEMPTS:
            environment = self._take_idle(pool)
            if environment is None:
                # Only these count: one that was idle may be ending for what the call before has done, as many others.
                environment, made = await self._get(pool), made + 1
            try:
                outcome = await environment.submit(call)
            except errors.EnvironmentGoneError:
                pool = self._successor(pool, call)
                continue
            pool.took(outcome.duration)
            return outcome
        raise errors.service_failure(f"its environment ended {_ATTEMPTS} times before the call could begin")

    def _successor(self, pool: Pool, call: Call) -> Pool:
        """Where a call goes on whose environment ended before it began: not in a pool that is forgotten, which ends all
        that it is given. Raises `AwsError` when its function was deleted meanwhile."""
        if not pool.is_forgotten:
            return self.pool(pool.function)
        successor = self.pool_of(pool.function)
        if successor is None:
            raise errors.function_not_found(call.arn)
        return successor

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

    # more environments

    async def _get(self, pool: Pool) -> Environment:
        """A new environment, at once or in turn. Raises `AwsError`."""
        if self._closed:
            raise errors.service_failure("the cloud is stopping")
        if self.account_concurrency(pool.function.scope) >= limits.CONCURRENT_EXECUTIONS:
            raise errors.account_throttled(f"{limits.CONCURRENT_EXECUTIONS} invocations run at once in this account")
        if not self._queue and self._room.make(pool):
            pool.starting += 1
            return await self._make(pool)
        return await self._wait(pool)

    async def _wait(self, pool: Pool) -> Environment:
        if len(self._queue) >= limits.WAITING_CALLS:
            raise errors.account_throttled(f"{limits.WAITING_CALLS} invocations wait for an execution environment")
        place = self._queue.join(pool)
        timer = asyncio.get_running_loop().call_later(limits.WAITING_SECONDS, self._give_up, place)
        pool.waiting += 1
        served = False
        try:
            environment = await place
            served = True
        finally:
            pool.waiting -= 1
            timer.cancel()
            if not served:
                self._queue.leave(pool, place)
                if place.done() and not place.cancelled() and place.exception() is None:
                    self._give_back(pool, place.result())
        return environment if environment is not None else await self._make(pool)

    def _give_up(self, place: asyncio.Future[Environment | None]) -> None:
        if not place.done():
            why = f"no execution environment within {limits.WAITING_SECONDS:g} s: {self._room.full}"
            place.set_exception(errors.account_throttled(why))

    def _give_back(self, pool: Pool, environment: Environment | None) -> None:
        """What was granted to a caller who has gone away in that moment."""
        if environment is not None:
            self._released(environment)
        else:
            pool.starting -= 1
            self._dispatch()

    async def _make(self, pool: Pool) -> Environment:
        """Start the environment that `pool.starting` counts already. Raises `AwsError`."""
        if self._closed:
            # Whoever waited for room, or keeps what is provisioned, goes on after the end has begun.
            pool.starting -= 1
            raise errors.service_failure("the cloud is stopping")
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
        function, environment = pool.function, None
        try:
            environment = await self._start(function, self._released, self._ended)
            if pool.suspect:
                environment.suspect()
        finally:
            pool.starting -= 1
            if environment is None:
                self._dispatch()
        if not environment.ended:
            pool.all.add(environment)
        if self._closed or self._pools.get(function.pool_key) is not pool:
            environment.end()
        return environment

    def _adopt(self, task: asyncio.Task[Environment]) -> None:
        """Keep an environment whose caller has gone away while it was made."""
        if not task.cancelled() and task.exception() is None and not task.result().ended:
            self._released(task.result())

    # provisioned concurrency

    def keep(self, function: Function, count: int) -> Pool:
        """Keep `count` environments of `function`, which is provided for somebody: what is too much ends now, or after
        its call, and what is to be replaced ends as well; `prepare` makes the others."""
        pool = self.pool(function)
        pool.kept = count
        latest = self._clock.monotonic() + function.timeout + 2 * limits.CREDENTIAL_MARGIN_SECONDS
        for environment in list(pool.idle):
            if pool.is_surplus or environment.expires <= latest:
                environment.end()
        return pool

    async def prepare(self, pool: Pool) -> bool:
        """Start one more environment of `pool` and wait until it is ready for calls; False when its start failed.

        Raises `AwsError` when it cannot be made: here is no room, no role, no code.
        """
        if not self._room.make(pool):
            raise errors.account_throttled(f"no room for another execution environment: {self._room.full}")
        pool.starting += 1
        pool.preparing += 1
        try:
            environment = await self._make(pool)
            await environment.settled.wait()
        finally:
            pool.preparing -= 1
        if environment.ended:
            return False
        self._released(environment)
        return True

    # environments that come back

    def _released(self, environment: Environment) -> None:
        pool = self._pools.get(environment.function.pool_key)
        # Not in `all`: it belongs to a function that was deleted, whatever has its name now.
        known = pool is not None and environment in pool.all and not pool.is_surplus
        if pool is not None:
            pool.suspect = environment.gives_way
        if pool is None or not known or environment.function.fingerprint != pool.function.fingerprint:
            environment.end()
        elif pool.kept:
            pool.idle.append(environment)
        elif self._queue:
            self._hand_over(pool, environment)
        else:
            pool.idle.append(environment)

    def _hand_over(self, pool: Pool, environment: Environment) -> None:
        """To the function's own next call, or to a function whose turn is before and that has fewer."""
        for other in self._queue.lines():
            if other is pool:
                if self._queue.serve(pool, environment):
                    return
            elif other.size < pool.size:
                environment.end()
                return
        pool.idle.append(environment)
        self._dispatch()

    def _dispatch(self) -> None:
        """Let those who wait go on, as far as there is room, whose turn it is first."""
        if self._dispatching or self._closed:
            return
        self._dispatching = True
        try:
            while self._queue:
                pool = next(self._queue.lines())
                if not self._room.make(pool):
                    return
                pool.starting += 1
                if not self._queue.serve(pool, None):
                    pool.starting -= 1
        finally:
            self._dispatching = False

    def _ended(self, environment: Environment) -> None:
        pool = self._pools.get(environment.function.pool_key)
        if pool is not None:
            pool.drop(environment)
            pool.suspect = pool.suspect or environment.gives_way
        if not environment.gone.is_set():
            self._ending.add(environment)
        self._dispatch()

    # the machine

    def to_measure(self) -> list[Environment]:
        """Environments that have been at work since they were last measured."""
        return [
            environment
            for pool in self._pools.values()
            for environment in pool.all
            if environment.root and (environment.measured <= environment.idle_since or environment not in pool.idle)
        ]

    def measured(self, environments: list[Environment], memory: list[int]) -> None:
        """Note what they use; when all together use more than the budget, end the idle, oldest first."""
        now = self._clock.monotonic()
        for environment, megabytes in zip(environments, memory, strict=True):
            environment.memory, environment.measured = megabytes, now
            pool = self._pools.get(environment.function.pool_key)
            if pool is not None:
                pool.memory = max(pool.memory, megabytes)
        self._room.shrink()
        self._dispatch()

    # ends

    def _retire_idle(self, pool: Pool) -> None:
        for environment in list(pool.idle):
            environment.end()

    def warmth(self, scope: Scope, name: str) -> tuple[int, int]:
        """How many environments of a function are idle, and how many at work or getting ready."""
        pools = self._by_name.get((scope, name), ())
        idle = sum(len(pool.idle) for pool in pools)
        return idle, sum(pool.size for pool in pools) - idle

    def cool(self, scope: Scope, name: str) -> int:
        """End a function's idle environments; how many they were."""
        pools = list(self._by_name.get((scope, name), ()))
        idle = sum(len(pool.idle) for pool in pools)
        for pool in pools:
            self._retire_idle(pool)
        return idle

    def forget(self, scope: Scope, name: str, version: str | None = None) -> None:
        """The function, or one version of it, was deleted: end what is idle, and let what runs finish."""
        for pool in list(self._by_name.get((scope, name), ())):
            if version in (None, pool.function.version):
                pool.is_forgotten = True
                self._drop(pool)
                self._queue.refuse(pool, lambda: errors.function_not_found(Reference(scope, name, version).arn))
                for environment in list(pool.idle):
                    pool.drop(environment)
                    environment.end()

    def reap(self) -> None:
        """End what has been idle too long, and forget what is over."""
        now = self._clock.monotonic()
        for pool in list(self._pools.values()):
            if pool.kept:
                continue
            for environment in list(pool.idle):
                if environment.idle_since <= now - _kept(environment, freshest=environment is pool.idle[-1]):
                    environment.end()
            if not pool.size and not pool.waiting:
                self._drop(pool)
        self._ending = {environment for environment in self._ending if not environment.gone.is_set()}

    def _drop(self, pool: Pool) -> None:
        key = pool.function.pool_key
        del self._pools[key]
        self._by_name[key[:2]].remove(pool)
        if not self._by_name[key[:2]]:
            del self._by_name[key[:2]]

    async def reset(self, account: str = "") -> None:
        """Forget every function, or those of one account: end all environments, at work or not, and wait until they are
        gone. Calls that run or wait end with an error."""
        pools = [pool for pool in self._pools.values() if account in ("", pool.function.scope.account)]
        ending: list[Environment] = []
        for pool in pools:
            function = pool.function
            pool.is_forgotten = True
            self._drop(pool)
            arn = Reference(function.scope, function.name, None).arn
            self._queue.refuse(pool, partial(errors.function_not_found, arn))
            for environment in list(pool.all):
                pool.drop(environment)
                environment.end()
                ending.append(environment)
        if ending:
            gone = [asyncio.ensure_future(environment.gone.wait()) for environment in ending]
            _, late = await asyncio.wait(gone, timeout=limits.STOP_SECONDS)
            for task in late:
                task.cancel()

    async def close(self) -> None:
        """End every environment and wait until all are gone."""
        self._closed = True
        for pool in self._queue.lines():
            self._queue.refuse(pool, lambda: errors.service_failure("the cloud is stopping"))
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
