"""Short calls, in as many lanes as the machine has processors.

Eight calls of two milliseconds that are all begun at once take turns on two processors, and what one needs pushes what
another has just used out of the caches: each costs half as much again, and none is answered sooner than if two by two
had run to their end. So a call of a function whose calls are known to be short waits until one of those before it was
answered. What is not answered soon counts no more, whatever it waits for: nobody waits for one that sleeps, or that
waits for another function.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque

Lane = asyncio.Future[None]
"""The right to run: done when it was given."""


def processors() -> int:
    """How many of the machine's processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Lanes:
    """`take` or `wait` → a lane → `end`. So many at a time; after `seconds` a lane is free again, whoever still runs.
    On one event loop."""

    def __init__(self, places: int, seconds: float) -> None:
        self._places = places
        self._seconds = seconds
        self._begun: dict[Lane, float] = {}
        self._line: deque[Lane] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        return len(self._line)

    def take(self) -> Lane | None:
        """A lane, or None: all are taken, or others wait for one."""
        if self._line or len(self._begun) >= self._places:
            return None
        loop = asyncio.get_running_loop()
        lane = loop.create_future()
        lane.set_result(None)
        self._begun[lane] = loop.time()
        return lane

    async def wait(self) -> Lane:
        """A lane, after those who came before."""
        loop = asyncio.get_running_loop()
        lane = loop.create_future()
        self._line.append(lane)
        self._watch(loop)
        try:
            await lane
        except asyncio.CancelledError:
            if lane in self._line:
                self._line.remove(lane)
            self.end(lane)
            raise
        return lane

    def end(self, lane: Lane) -> None:
        """Whoever had it was answered, or has gone away. Harmless when it was somebody else's already."""
        self._begun.pop(lane, None)
        if self._line:
            self._next()

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        while self._line and len(self._begun) < self._places:
            lane = self._line.popleft()
            self._begun[lane] = loop.time()
            if not lane.done():
                lane.set_result(None)
        self._watch(loop)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look again when the oldest has had its time. Most are answered before."""
        if self._line and self._timer is None:
            oldest = next(iter(self._begun.values()), loop.time())
            self._timer = loop.call_at(oldest + self._seconds, self._late)

    def _late(self) -> None:
        self._timer = None
        latest = asyncio.get_running_loop().time() - self._seconds
        for lane, began in list(self._begun.items()):
            if began > latest:
                break
            del self._begun[lane]
        self._next()
