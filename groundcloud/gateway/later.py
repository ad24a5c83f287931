"""Something that is done in batches, a while after it was wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Later:
    """Has `do` done `seconds` after it was first wanted since the last time. Nothing runs while nobody wants it."""

    def __init__(self, do: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._do = do
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Future[None]] = set()

    def want(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        task = asyncio.ensure_future(self._do())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Do it one last time, after what is under way; no timer afterwards."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await asyncio.gather(*self._running)
        await self._do()
