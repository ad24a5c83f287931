"""Asynchronous invocations: a bounded queue and the workers that empty it.

One attempt each, for now; a failed one is in the function's log and metrics, and in ours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from groundcloud.errors import AwsError
from groundcloud.ports import InvokeResult
from groundcloud.runtime import errors, limits

_log = logging.getLogger(__name__)

Run = Callable[[], Awaitable[InvokeResult]]


class EventQueue:
    """Calls that nobody waits for."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[str, Run]] = asyncio.Queue(limits.ASYNC_QUEUE)
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._workers = [loop.create_task(self._work()) for _ in range(limits.ASYNC_WORKERS)]

    def put(self, name: str, run: Run) -> None:
        """Queue one call of the function `name`. Raises `AwsError` when too many wait."""
        try:
            self._queue.put_nowait((name, run))
        except asyncio.QueueFull:
            raise errors.queue_full() from None

    async def settle(self) -> None:
        """Wait until everything that was put has run."""
        await self._queue.join()

    async def stop(self) -> None:
        if self._queue.qsize():
            _log.warning("%d asynchronous invocations are lost: the cloud stops", self._queue.qsize())
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            name, run = await self._queue.get()
            try:
                result = await run()
                if result.function_error:
                    _log.warning("asynchronous invocation of %s failed: %r", name, result.payload[:500])
            except AwsError as error:
                _log.warning("asynchronous invocation of %s was not run: %s", name, error)
            except Exception:  # noqa: BLE001  a background worker lives on
                _log.exception("asynchronous invocation of %s broke", name)
            finally:
                self._queue.task_done()
