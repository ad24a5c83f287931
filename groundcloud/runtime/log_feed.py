"""Log lines as they are written, for whoever listens: a control route that sends server-sent events."""

from __future__ import annotations

import json
from dataclasses import dataclass

from groundcloud.eventstream import EventStream
from groundcloud.http import Request, Response
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


class LogFeed:
    """Knows who listens. Nobody listening costs a comparison a line."""

    def __init__(self, default: Scope) -> None:
        self._default = default
        self._events: EventStream[Line] = EventStream(
            "line", "lines", _shown, limit=limits.LOG_FEED_LINES, alive=limits.LOG_FEED_ALIVE_SECONDS
        )

    @property
    def is_heard(self) -> bool:
        return self._events.is_heard

    def put(self, line: Line) -> None:
        self._events.put(line)

    def close(self) -> None:
        """End every stream: the cloud is stopping."""
        self._events.close()

    def routes(self) -> list[ControlRoute]:
        """GET ``/logs/stream?function=&account=&region=&timeout=``: events ``line`` and ``lost``, until the client has
        enough or the time is over."""
        return [ControlRoute("GET", "/logs/stream", self._stream)]

    async def _stream(self, request: Request, segments: dict[str, str]) -> Response:
        names = {value for key, value in request.query if key == "function" and value}
        account, region = request.query_value("account"), request.query_value("region")
        if account is None and region is None and not names:
            scope = None
        else:
            scope = Scope(account or self._default.account, region or self._default.region)
        try:
            seconds = float(request.query_value("timeout") or "inf")
        except ValueError:
            return Response.json(400, json.dumps({"message": "timeout is a number of seconds"}))

        def is_wanted(line: Line) -> bool:
            return (scope is None or line.scope == scope) and (not names or line.function in names)

        return self._events.answer(is_wanted, seconds)


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
