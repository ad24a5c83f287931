"""The fair queue, and what is ended to make room."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from groundcloud.runtime import limits, memory
from groundcloud.runtime.room import Pool, Room
from groundcloud.runtime.waiting import FairQueue


def test_functions_take_turns_and_calls_keep_their_order() -> None:
    async def scenario() -> list[str]:
        queue: FairQueue[str, str] = FairQueue()
        futures = {name: queue.join(name[0]) for name in ("a1", "a2", "a3", "b1", "c1", "c2")}
        futures["a2"].cancel()
        served = []
        while queue:
            line = next(queue.lines())
            if queue.serve(line, "place"):
                served += [name for name, future in futures.items() if future.done() and name not in served]
        return [name for name in served if name != "a2"]

    assert asyncio.run(scenario()) == ["a1", "b1", "c1", "a3", "c2"]


def test_who_leaves_or_is_refused_waits_no_more() -> None:
    async def scenario() -> None:
        queue: FairQueue[str, int] = FairQueue()
        first, second, other = queue.join("a"), queue.join("a"), queue.join("b")
        queue.leave("a", first)
        queue.leave("a", first)
        assert len(queue) == 2
        queue.refuse("a", lambda: ValueError("gone"))
        queue.refuse("a", lambda: ValueError("gone"))
        assert isinstance(second.exception(), ValueError)
        assert queue.serve("b", 1)
        assert not queue.serve("b", 1)
        assert (other.result(), len(queue)) == (1, 0)

    asyncio.run(scenario())


@dataclass(eq=False)
class Env:
    """As much of an environment as room takes."""

    pools: dict[Any, Pool]
    key: str
    memory: int
    idle_since: float = 0.0
    ended: bool = field(default=False)

    def end(self) -> None:
        self.ended = True
        self.pools[self.key].drop(self)  # type: ignore[arg-type]


class FakeSpare:
    """Processes that are nobody's yet."""

    def __init__(self, memory: int) -> None:
        self.memory = memory

    def end(self) -> None:
        self.memory = 0


class World:
    """Pools by name, each with environments of which the first `idle` are idle since 0, 1, 2 …"""

    def __init__(self, budget: int, spare: int = 0) -> None:
        self.pools: dict[Any, Pool] = {}
        self.spare = FakeSpare(spare)
        self.room = Room(self.pools, budget, self.spare)
        self._now = 0.0

    def add(self, name: str, *sizes: int, idle: int = 0) -> list[Env]:
        pool = self.pools[name] = Pool(None)  # type: ignore[arg-type]
        made = []
        for number, size in enumerate(sizes):
            self._now += 1
            made.append(Env(self.pools, name, size, self._now))
            pool.all.add(made[-1])  # type: ignore[arg-type]
            pool.memory = max(pool.memory, size)
            if number < idle:
                pool.idle.append(made[-1])  # type: ignore[arg-type]
        return made


def test_the_first_environment_always_has_room() -> None:
    world = World(1)
    world.add("a")
    assert world.room.make(world.pools["a"])


def test_the_oldest_idle_of_others_ends_and_no_more_than_needed() -> None:
    world = World(300)
    old = world.add("old", 100, idle=1)
    newer = world.add("newer", 100, idle=1)
    world.add("mine", 100)
    assert world.room.make(world.pools["mine"])
    assert (old[0].ended, newer[0].ended) == (True, False)


def test_what_is_nobodys_yet_makes_room_before_idle_environments() -> None:
    world = World(300, spare=100)
    idle = world.add("idle", 100, idle=1)
    world.add("mine", 100)
    assert not world.room.has(1)
    assert world.room.make(world.pools["mine"])
    assert (world.spare.memory, idle[0].ended) == (0, False)
    world.spare.memory = 101
    world.room.shrink()
    assert (world.spare.memory, idle[0].ended) == (0, False)


def test_nothing_is_ended_in_vain() -> None:
    world = World(300)
    idle = world.add("idle", 50, idle=1)
    world.add("busy", 150)
    world.add("mine", 150)
    assert not world.room.make(world.pools["mine"])
    assert not idle[0].ended


def test_what_is_starting_counts_as_much_as_its_like() -> None:
    world = World(300)
    world.add("mine", 100)
    world.pools["mine"].starting = 1
    assert world.room.make(world.pools["mine"])
    world.pools["mine"].starting = 2
    assert not world.room.make(world.pools["mine"])


def test_what_was_measured_is_known_after_its_end() -> None:
    world = World(200)
    old = world.add("old", 90, idle=1)
    world.add("mine", 0)
    assert world.room.make(world.pools["mine"])
    assert old[0].ended
    world.pools["mine"].starting = 1
    assert not world.room.make(world.pools["mine"])


def test_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENVIRONMENTS", 2)
    world = World(10_000)
    world.add("mine", 1, 1)
    assert not world.room.make(world.pools["mine"])


def test_beyond_the_budget_the_idle_end_oldest_first() -> None:
    world = World(250)
    first, second, third = world.add("a", 100, 100, 100, idle=3)
    world.room.shrink()
    assert (first.ended, second.ended, third.ended) == (True, False, False)


def test_the_budget_is_half_of_the_machine() -> None:
    assert memory.default_budget() >= limits.BUDGET_MB


def test_memory_is_measured() -> None:
    """Our own process has some; one that is gone has none."""

    own, gone = memory.measure([os.getpid(), 2**22 - 1])
    assert own > 10
    assert gone == 0
