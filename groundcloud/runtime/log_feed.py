"""Log lines as they are written, for whoever listens: a control route that sends server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from groundcloud.http import Headers, Request, Response, StreamedResponse
from groundcloud.ports import ControlRoute, Scope
from groundcloud.runtime import limits


@dataclass(frozen=True)
class Line:
    """One log event; `timestamp` in milliseconds since the epoch."""

    scope: Scope
    function: str
    group: str
    stream: str
    timestamp: int
    text: str


@dataclass(eq=False)
class Listener:
    """What waits for one listener. One who does not keep up loses the oldest lines, and is told how many."""

    waiting: deque[Line] = field(default_factory=deque)
    lost: int = 0
    something: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, line: Line) -> None:
        if len(self.waiting) >= limits.LOG_FEED_LINES:
            self.waiting.popleft()
            self.lost += 1
        self.waiting.append(line)
        self.something.set()


class LogFeed:
    """Knows who listens. Nobody listening costs a comparison a line."""

    def __init__(self, default: Scope) -> None:
        self._default = default
        self._listeners: set[Listener] = set()
        self._is_closed = False

    @property
    def is_heard(self) -> bool:
        return bool(self._listeners)

    def put(self, line: Line) -> None:
        for listener in self._listeners:
            listener.put(line)

    def close(self) -> None:
        """End every stream: the cloud is stopping."""
        self._is_closed = True
        for listener in self._listeners:
            listener.something.set()

    def routes(self) -> list[ControlRoute]:
        """GET ``/logs/stream?function=&account=&region=&timeout=``: events ``line`` and ``lost``, until the client has
        enough or the time is over."""
        return [ControlRoute("GET", "/logs/stream", self._stream)]

    async def _stream(self, request: Request, segments: dict[str, str]) -> Response:
        names = {value for key, value in request.query if key == "function" and value}
        account, region = request.query_value("account"), request.query_value("region")
        if account is None and region is None and not names:
            wanted = None
        else:
            wanted = Scope(account or self._default.account, region or self._default.region)
        try:
            seconds = float(request.query_value("timeout") or "inf")
        except ValueError:
            return Response.json(400, json.dumps({"message": "timeout is a number of seconds"}))
        headers = Headers([("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
        return StreamedResponse(200, headers, chunks=self._events(names, wanted, seconds))

    async def _events(self, names: set[str], wanted: Scope | None, seconds: float) -> AsyncGenerator[bytes, None]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            # At once, so that the client knows from when on it misses nothing.
            yield b": listening\n\n"
            end = time.monotonic() + seconds
            while not self._is_closed:
                if not listener.waiting:
                    if time.monotonic() >= end:
                        return
                    if not await _something_comes(listener, end - time.monotonic()):
                        yield b": alive\n\n"
                    continue
                if listener.lost:
                    lost, listener.lost = listener.lost, 0
                    yield _event("lost", {"lines": lost})
                lines = [line for line in listener.waiting if _is_wanted(line, names, wanted)]
                listener.waiting.clear()
                if lines:
                    yield b"".join(_event("line", _shown(line)) for line in lines)
        finally:
            self._listeners.discard(listener)


async def _something_comes(listener: Listener, seconds: float) -> bool:
    """Wait for a line; False when it took so long that the connection must be kept alive."""
    listener.something.clear()
    try:
        await asyncio.wait_for(listener.something.wait(), min(seconds, limits.LOG_FEED_ALIVE_SECONDS))
    except TimeoutError:
        return False
    return True


def _is_wanted(line: Line, names: set[str], wanted: Scope | None) -> bool:
    return (wanted is None or line.scope == wanted) and (not names or line.function in names)


def _event(name: str, data: dict[str, object]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _shown(line: Line) -> dict[str, object]:
    return {
        "timestamp": line.timestamp,
        "function": line.function,
        "account": line.scope.account,
        "region": line.scope.region,
        "logGroup": line.group,
        "logStream": line.stream,
        "message": line.text,
    }
