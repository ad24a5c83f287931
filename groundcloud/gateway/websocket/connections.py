"""The open connections: what `@connections` finds, and what is closed when it is idle or old."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.call import new_extended_request_id
from groundcloud.gateway.httpapi.model import Stage
from groundcloud.gateway.websocket.limits import IDLE_SECONDS, MAX_CONNECTION_SECONDS, MAX_UNSENT, SWEEP_SECONDS
from groundcloud.http import Request

NORMAL, GOING_AWAY, UNSUPPORTED, TOO_LARGE, OVERLOADED = 1000, 1001, 1003, 1009, 1013
"""Close codes (RFC 6455, section 7.4.1)."""

_ID = re.compile(r"[A-Za-z0-9_-]{15}=")


def is_id(text: str) -> bool:
    """Whether `text` has the form of a connection's id."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a connection, and why."""

    code: int
    reason: str


@dataclass(eq=False)
class Connection:
    """One client. Times in epoch seconds, but `begun` and `active`, which are the clock's monotonic ones; `authorizer`
    is what an authorizer said at ``$connect``. What `send` and `close` leave is read by the one task that owns the
    socket, with `next_outgoing`."""

    stage: Stage
    request: Request
    connected: float
    begun: float
    id: str = field(default_factory=new_extended_request_id)
    authorizer: Mapping[str, Any] | None = None
    active: float = 0.0
    last_active: float = 0.0
    closed: Close | None = None
    _outgoing: deque[str | Close] = field(default_factory=deque)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, text: str) -> None:
        """Hand `text` to the client as soon as it can be sent; nothing when the connection is closed."""
        if self.closed is None:
            if len(self._outgoing) >= MAX_UNSENT:
                self.close(OVERLOADED, "Too many messages are not read")
                return
            self._outgoing.append(text)
            self._ready.set()

    def close(self, code: int, reason: str) -> None:
        """Close after what was sent before."""
        if self.closed is None:
            self.closed = Close(code, reason)
            self._outgoing.append(self.closed)
            self._ready.set()

    async def next_outgoing(self) -> str | Close:
        while not self._outgoing:
            self._ready.clear()
            await self._ready.wait()
        return self._outgoing.popleft()


class Connections:
    """Every open connection by id. Nothing runs while there is none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Connection] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        self.touch(connection)
        self._open[connection.id] = connection
        self._watch()

    def remove(self, connection: Connection) -> None:
        self._open.pop(connection.id, None)

    def find(self, connection_id: str) -> Connection | None:
        """The connection of that id that is open."""
        found = self._open.get(connection_id)
        return found if found is not None and found.closed is None else None

    def touch(self, connection: Connection) -> None:
        """Something came or went: it is not idle."""
        connection.active, connection.last_active = self._clock.monotonic(), self._clock.now()

    def sweep(self) -> None:
        """Close what was idle for ten minutes, or open for two hours."""
        now = self._clock.monotonic()
        for connection in list(self._open.values()):
            if now - connection.active >= IDLE_SECONDS:
                connection.close(GOING_AWAY, "Going away")
            elif now - connection.begun >= MAX_CONNECTION_SECONDS:
                connection.close(GOING_AWAY, "Connection duration limit exceeded")

    def close_all(self) -> None:
        """The cloud is stopping."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in list(self._open.values()):
            connection.close(GOING_AWAY, "Going away")

    def _watch(self) -> None:
        if self._timer is None and self._open:
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._due)

    def _due(self) -> None:
        self._timer = None
        self.sweep()
        self._watch()
