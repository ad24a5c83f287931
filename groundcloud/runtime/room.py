"""Whether this machine has room for another environment, and what is ended to make some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from groundcloud.ports import Scope
from groundcloud.runtime import limits
from groundcloud.runtime.environment import Environment
from groundcloud.runtime.function import Function

_FORGETTING = 1.2
"""By so much a quick call tells less with each that follows."""


class Pool:
    """The environments of one version of one function. `all` includes those that are getting ready.

    `starting` has no environment yet; `waiting` are calls for which there is none, or that wait for a lane. `memory` is
    MB of the largest environment that was measured, 0 when none was. `quickest` is what the quickest of the last calls
    took, in milliseconds. `kept` is the provisioned concurrency: so many environments are never ended for want of calls
    or room; `preparing` of them are not ready yet. `suspect`: the last that ended, or that was released, gave way.
    `is_forgotten`: its function is no more.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.idle: list[Environment] = []
        self.all: set[Environment] = set()
        self.starting = 0
        self.waiting = 0
        self.memory = 0
        self.quickest = float("inf")
        self.kept = 0
        self.preparing = 0
        self.suspect = False
        self.is_forgotten = False

    @property
    def size(self) -> int:
        return len(self.all) + self.starting

    @property
    def calls(self) -> int:
        """Calls that run or wait."""
        return self.size + self.waiting - len(self.idle) - self.preparing

    @property
    def is_surplus(self) -> bool:
        """Whether it is provisioned concurrency of which there is more than was asked for."""
        return bool(self.function.provided_for) and self.size > self.kept

    @property
    def is_brief(self) -> bool:
        """Whether its calls are known to be short."""
        return self.quickest < limits.BRIEF_MS

    def took(self, duration: float) -> None:
        """A call took so many milliseconds."""
        self.quickest = min(duration, max(self.quickest, 1.0) * _FORGETTING)

    def drop(self, environment: Environment) -> None:
        """It has ended."""
        self.all.discard(environment)
        if environment in self.idle:
            self.idle.remove(environment)


class Spare(Protocol):
    """Processes that are no function's yet, and end when there is no room for them."""

    @property
    def memory(self) -> int:
        """MB of all together."""
        ...

    def end(self) -> None: ...


class Room:
    """Counts and adds up what all pools have. What is being started is taken to need what its like needs."""

    def __init__(self, pools: Mapping[tuple[Scope, str, str, str], Pool], budget: int, spare: Spare) -> None:
        self._pools = pools
        self._budget = budget
        self._spare = spare
        self._last_average = limits.ESTIMATE_MB

    @property
    def full(self) -> str:
        """What there is no more of."""
        return (
            f"at most {limits.ENVIRONMENTS} execution environments and {self._budget} MB for all of them "
            "(GROUNDCLOUD_FUNCTION_MEMORY)"
        )

    def make(self, pool: Pool) -> bool:
        """Whether `pool` may have one more; idle ones of other functions are ended for it, the oldest first."""
        average = self._average()
        need = pool.memory or average
        count, used = self._used(average)
        if not self._fits(count, used + self._spare.memory, need):
            self._spare.end()
        idle = self._idle(pool)
        if count - len(idle) and not self._fits(
            count - len(idle), used - sum(_held(each, average) for each in idle), need
        ):
            return False  # Nothing is ended in vain.
        for environment in idle:
            if self._fits(count, used, need):
                break
            count, used = count - 1, used - _held(environment, average)
            environment.end()
        return True

    def shrink(self) -> None:
        """End idle environments, the oldest first, while all together use more than the budget."""
        average = self._average()
        _, used = self._used(average)
        if used + self._spare.memory > self._budget:
            self._spare.end()
        for environment in self._idle(None):
            if used <= self._budget:
                return
            used -= _held(environment, average)
            environment.end()

    def has(self, megabytes: int) -> bool:
        """Whether so much more, of what is no function's, is room for."""
        return self._used(self._average())[1] + self._spare.memory + megabytes <= self._budget

    def _fits(self, count: int, used: int, need: int) -> bool:
        return not count or (count < limits.ENVIRONMENTS and used + need <= self._budget)

    def _idle(self, besides: Pool | None) -> list[Environment]:
        pools = [pool for pool in self._pools.values() if pool is not besides and not pool.kept]
        idle = [each for pool in pools for each in pool.idle]
        return sorted(idle, key=lambda environment: environment.idle_since)

    def _used(self, average: int) -> tuple[int, int]:
        """How many environments there are, and MB."""
        count = used = 0
        for pool in self._pools.values():
            count += pool.size
            used += pool.starting * (pool.memory or average)
            # One that is at work may still grow to what its like have come to.
            used += sum(max(environment.memory, pool.memory or average) for environment in pool.all)
            used -= sum(max(each.memory, pool.memory or average) - _held(each, average) for each in pool.idle)
        return count, used

    def _average(self) -> int:
        known = [each.memory for pool in self._pools.values() for each in pool.all if each.memory]
        if known:
            # Kept: all that were measured may end to make room for one that was not measured yet.
            self._last_average = sum(known) // len(known)
        return self._last_average


def _held(environment: Environment, average: int) -> int:
    return environment.memory or average
