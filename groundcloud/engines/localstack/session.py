"""Notices that LocalStack was started again: what was compiled from it is then no longer true."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from groundcloud.errors import AwsError

log = logging.getLogger(__name__)


class SessionWatch:
    """`ask` returns LocalStack's session, another one after each start; `changed` is called when it is another.

    A LocalStack that was started again has no connection of ours left, so it is asked when a new one was made
    (`look`), and not otherwise.
    """

    def __init__(self, known: str, ask: Callable[[], Awaitable[str]], changed: Callable[[], None]) -> None:
        self._known = known
        self._ask = ask
        self._changed = changed
        self._asking: asyncio.Task[None] | None = None

    def look(self) -> None:
        """Ask soon, once for all who say so meanwhile."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(self._compare())

    def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _compare(self) -> None:
        try:
            found = await self._ask()
        except (AwsError, json.JSONDecodeError) as error:
            # It is gone again; the next connection asks anew.
            log.warning("LocalStack did not say which session it is in: %s", error)
            return
        if found and found != self._known:
            log.warning("LocalStack was started again: what it had is gone unless it keeps its state")
            self._known = found
            self._changed()
