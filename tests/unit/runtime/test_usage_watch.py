"""When a process is looked at, and who is told."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from groundcloud.runtime import limits
from groundcloud.runtime.process_tree import Usage
from groundcloud.runtime.turns import Turns
from groundcloud.runtime.usage import UsageWatch


class SlowProcess:
    """Each look waits until it may go on."""

    def __init__(self) -> None:
        self.looks = 0
        self.go_on = threading.Event()
        self.turns = Turns(os.getpid(), grant=lambda pids, niceness: True)

    def look(self) -> Usage:
        self.looks += 1
        self.go_on.wait(20)
        return Usage(self.looks, 1)


async def _until(holds: Any) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.001)


def test_a_look_of_an_earlier_call_tells_nobody_and_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMORY_CHECK_SECONDS", 0.001)

    async def scenario() -> None:
        failures: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        process: Any = SlowProcess()
        seen: list[Usage] = []
        with ThreadPoolExecutor(2) as executor:
            watch = UsageWatch(executor, seen.append)
            watch.begin(process)
            await _until(lambda: process.looks == 1)
            watch.begin(process)
            await asyncio.sleep(0.01)
            assert process.looks == 1, "no second look while the first waits"
            process.go_on.set()
            await _until(lambda: seen)
            assert seen[0].memory > 1, "what the earlier call's look saw is not told"
            watch.end()
            looks = len(seen)
            await asyncio.sleep(0.02)
            assert len(seen) == looks
        assert not failures

    asyncio.run(scenario())
