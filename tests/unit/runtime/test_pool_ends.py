"""Environments that end before they take a call: the call goes on in another."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from groundcloud.errors import AwsError
from groundcloud.runtime import errors
from groundcloud.runtime.call import Call, Outcome
from groundcloud.runtime.environment import Environment
from groundcloud.runtime.function import Function, read_function
from groundcloud.runtime.pool import IdleCallback, Pools
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE


class Ending:
    """An environment that takes `calls` calls, and then has ended without having told anybody."""

    gives_way = ended = False
    expires = float("inf")
    idle_since = 0.0
    memory = 0
    root = 0

    def __init__(self, function: Function, on_idle: IdleCallback, calls: int) -> None:
        self.function = function
        self.gone = asyncio.Event()
        self._on_idle = on_idle
        self._calls = calls

    async def submit(self, call: Call) -> Outcome:
        if not self._calls:
            raise errors.EnvironmentGoneError("it has ended")
        self._calls -= 1
        await asyncio.sleep(0)
        self._on_idle(cast(Environment, self))
        return Outcome(b"1", False, 50.0, b"")

    def end(self) -> None:
        self.ended = True


class NoSpare:
    memory = 0

    def end(self) -> None:
        raise AssertionError("there is room")


def pools_of(calls: int) -> tuple[Pools, Function]:
    """Pools whose environments take so many calls each, and a function."""

    async def start(function: Function, on_idle: IdleCallback, on_end: IdleCallback) -> Environment:
        return cast(Environment, Ending(function, on_idle, calls))

    function = read_function({"FunctionName": "f", "Runtime": "python3.11", "Handler": "app.handler"}, SCOPE)
    return Pools(start, FakeClock(), 10_000, NoSpare()), function


def call() -> Call:
    return Call("id", b"{}", "arn", "")


def test_a_call_passes_over_every_idle_environment_that_has_ended() -> None:
    """Ours, found by a soak: of a function whose process ends after each answer (one too large, for instance) several
    were idle after calls at once; the next call tried three of them and was told that it could not be run."""

    async def run() -> list[Outcome]:
        pools, function = pools_of(calls=1)
        at_once = await asyncio.gather(*(pools.run(function, call()) for _ in range(8)))
        assert pools.warmth(SCOPE, "f")[0] == 8
        return [*at_once, await pools.run(function, call())]

    assert [outcome.failed for outcome in asyncio.run(run())] == [False] * 9


def test_environments_that_never_take_a_call_are_not_made_for_ever() -> None:
    async def run() -> None:
        pools, function = pools_of(calls=0)
        await pools.run(function, call())

    with pytest.raises(AwsError, match="ended 3 times before the call could begin"):
        asyncio.run(run())
