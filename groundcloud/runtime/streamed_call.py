"""A call whose response is handed on as it comes.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html: the call is not interrupted when the
caller goes away. A function that does not stream answers with one chunk, its whole response.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.runtime import event_stream
from groundcloud.runtime.environment import Outcome
from groundcloud.runtime.response_stream import ResponseStream

_log = logging.getLogger(__name__)


class StreamedCall:
    """States: running → begun (the first byte is there) → ended. Read `chunks`, then `outcome`."""

    def __init__(self, stream: ResponseStream, run: Coroutine[Any, Any, Outcome]) -> None:
        self._stream = stream
        self._outcome = asyncio.get_running_loop().create_task(run)

    async def begin(self) -> None:
        """Wait until there is something to hand on, or the call is over. Raises `AwsError` when it could not be run.

        A caller who gives up meanwhile leaves the call running.
        """
        began = asyncio.ensure_future(self._stream.began.wait())
        try:
            await asyncio.wait((began, self._outcome), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.leave()
            raise
        finally:
            began.cancel()
        if self._outcome.done():
            self._outcome.result()

    @property
    def content_type(self) -> str:
        """What the runtime said of the stream; "" for a function that does not stream."""
        return self._stream.content_type

    @property
    def over(self) -> Outcome | None:
        """The outcome of a call that never streamed anything."""
        return self._outcome.result() if self._outcome.done() and not self._stream.began.is_set() else None

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The response. An error is no part of it, see `outcome`."""
        whole = self.over
        if whole is not None:
            if whole.payload and not whole.failed:
                yield whole.payload
            return
        async for chunk in self._stream.chunks():
            yield chunk

    async def outcome(self) -> Outcome:
        """How the call ended, once it has. Raises `AwsError`."""
        return await asyncio.shield(self._outcome)

    def leave(self) -> None:
        """The caller has gone; the call runs to its end."""
        self._stream.leave()
        self._outcome.add_done_callback(_ended_alone)


async def frames(call: StreamedCall, *, with_log: bool) -> AsyncGenerator[bytes, None]:
    """The body of `InvokeWithResponseStream`: a frame for each chunk, and one that says how it ended."""
    try:
        async for chunk in call.chunks():
            yield event_stream.payload_chunk(chunk)
        outcome = await call.outcome()
        error = outcome.payload if outcome.failed else None
        yield event_stream.invoke_complete(error, outcome.tail if with_log else None)
    finally:
        call.leave()


def _ended_alone(task: asyncio.Task[Outcome]) -> None:
    """Nobody asks for the outcome any more."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, AwsError):
        _log.error("a streamed call failed after its caller had gone", exc_info=error)
