"""The control routes of the cloud's clock: what takes a day on AWS is tried in a test that takes a moment.

What is ours goes by this clock: lifetimes of codes, tokens, sessions, credentials and presigned URLs, retries of
asynchronous calls, authorizers' results, throttling, idle environments. What the engine counts itself (schedules,
visibility timeouts, TTL) and what a function reads from its own machine does not move.
"""

from __future__ import annotations

import json

from groundcloud.clock import MovableClock
from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute
from groundcloud.state.limits import MOST_SECONDS


class ClockRoutes:
    """GET, POST ``{"seconds": …}`` and DELETE ``/clock``."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock

    async def reset(self) -> None:
        """The machine's time again."""
        self._clock.back()

    def routes(self) -> list[ControlRoute]:
        return [
            ControlRoute("GET", "/clock", self._show),
            ControlRoute("POST", "/clock", self._advance),
            ControlRoute("DELETE", "/clock", self._back),
        ]

    async def _show(self, _request: Request, _segments: dict[str, str]) -> Response:
        return Response.json(200, json.dumps({"now": self._clock.now(), "ahead": self._clock.ahead}))

    async def _advance(self, request: Request, segments: dict[str, str]) -> Response:
        seconds = request.json_object().get("seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= MOST_SECONDS:
            told = f'The body is {{"seconds": …}}: from 0 to {MOST_SECONDS}, as time does not go backwards'
            return Response.json(400, json.dumps({"message": told}))
        self._clock.advance(seconds)
        return await self._show(request, segments)

    async def _back(self, _request: Request, _segments: dict[str, str]) -> Response:
        self._clock.back()
        return Response(204)
