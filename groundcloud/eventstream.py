"""Server-sent events for whoever listens. https://html.spec.whatwg.org/multipage/server-sent-events.html

Everything here belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from groundcloud.http import Headers, StreamedResponse

T = TypeVar("T")


@dataclass(eq=False)
class Listener(Generic[T]):
    """What waits for one listener. One who does not keep up loses the oldest, and is told how many."""

    limit: int
    waiting: deque[T] = field(default_factory=deque)
    lost: int = 0
    something: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, one: T) -> None:
        if len(self.waiting) >= self.limit:
            self.waiting.popleft()
            self.lost += 1
        self.waiting.append(one)
        self.something.set()


class EventStream(Generic[T]):
    """Knows who listens. Nobody listening costs a comparison an event.

    `name` is that of an event, `lost` what is said to have been lost; `shown` makes its JSON. `limit` events wait for a
    listener; a comment is sent every `alive` seconds.
    """

    def __init__(self, name: str, lost: str, shown: Callable[[T], object], *, limit: int, alive: float) -> None:
        self._name = name
        self._lost = lost
        self._shown = shown
        self._limit = limit
        self._alive = alive
        self._listeners: set[Listener[T]] = set()
        self._is_closed = False

    @property
    def is_heard(self) -> bool:
        return bool(self._listeners)

    def put(self, one: T) -> None:
        for listener in self._listeners:
            listener.put(one)

    def close(self) -> None:
        """End every stream: the cloud is stopping."""
        self._is_closed = True
        for listener in self._listeners:
            listener.something.set()

    def answer(self, wanted: Callable[[T], bool], seconds: float) -> StreamedResponse:
        """Those events that are wanted, until the client has enough or the time is over."""
        headers = Headers([("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
        return StreamedResponse(200, headers, chunks=self._events(wanted, seconds))

    async def _events(self, wanted: Callable[[T], bool], seconds: float) -> AsyncGenerator[bytes, None]:
        listener: Listener[T] = Listener(self._limit)
        self._listeners.add(listener)
        try:
            # At once, so that the client knows from when on it misses nothing.
            yield b": listening\n\n"
            end = time.monotonic() + seconds
            while not self._is_closed:
                if not listener.waiting:
                    if time.monotonic() >= end:
                        return
                    if not await self._something_comes(listener, end - time.monotonic()):
                        yield b": alive\n\n"
                    continue
                if listener.lost:
                    lost, listener.lost = listener.lost, 0
                    yield _event("lost", {self._lost: lost})
                found = [one for one in listener.waiting if wanted(one)]
                listener.waiting.clear()
                if found:
                    yield b"".join(_event(self._name, self._shown(one)) for one in found)
        finally:
            self._listeners.discard(listener)

    async def _something_comes(self, listener: Listener[T], seconds: float) -> bool:
        """Wait for an event; False when it took so long that the connection must be kept alive."""
        listener.something.clear()
        try:
            await asyncio.wait_for(listener.something.wait(), min(seconds, self._alive))
        except TimeoutError:
            return False
        return True


def _event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
