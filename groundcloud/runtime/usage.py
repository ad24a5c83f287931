"""Looks again and again at what a process and its children use, while they start or run a call.

In another thread: to read how much memory a process shares the kernel waits until it has forked, and one of a thousand
that fork may be at it for many seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor

from groundcloud.runtime import limits
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.process_tree import Usage


class UsageWatch:
    """States: idle → `begin` → looking, with pauses → `end` → idle. `on_look` gets what was seen, on the loop."""

    def __init__(self, executor: Executor, on_look: Callable[[Usage], None]) -> None:
        self._executor = executor
        self._on_look = on_look
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._begun = 0
        self._looking: asyncio.Future[Usage] | None = None

    def begin(self, process: FunctionProcess, *, starting: bool = False) -> None:
        self.end()
        process.turns.begin(starting=starting)
        self._again(process, limits.MEMORY_CHECK_SECONDS)

    def end(self) -> None:
        """A look that is under way tells nobody."""
        self._begun += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self, process: FunctionProcess, seconds: float) -> None:
        self._timer = self._loop.call_later(seconds, self._look, process)

    def _look(self, process: FunctionProcess) -> None:
        if self._looking is not None and not self._looking.done():
            # One that began for another call still waits: two would wait no less.
            self._again(process, limits.MEMORY_CHECK_SECONDS)
            return
        began, started = self._begun, time.perf_counter()
        self._looking = self._loop.run_in_executor(self._executor, process.look)
        self._looking.add_done_callback(lambda look: self._seen(look, process, began, started))

    def _seen(self, look: asyncio.Future[Usage], process: FunctionProcess, began: int, started: float) -> None:
        if look.cancelled() or self._begun != began:
            return
        # Looking at very many processes takes a while: others are waiting.
        pause = limits.MEMORY_CHECK_SHARE * (time.perf_counter() - started)
        self._again(process, max(limits.MEMORY_CHECK_SECONDS, pause))
        self._on_look(look.result())
