"""A streamed response on its way from the function to its caller: chunks, in the order in which they were written.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html. One writes, one reads. A reader who
is slow makes the function wait; one who leaves does not: the call runs to its end, as on AWS.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Protocol

from groundcloud.runtime import limits


class Source(Protocol):
    """Where chunks come from, which can be told to wait."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class ResponseStream:
    """States: made → `begin` → chunks → `close`. A function that does not stream never begins it."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.content_type = ""
        self._chunks: deque[bytes] = deque()
        self._waiting = 0
        self._something = asyncio.Event()
        self._closed = False
        self._left = False
        self._paused = False
        self._source: Source | None = None

    # the function's side

    def begin(self, content_type: str, source: Source) -> None:
        """The function has begun to answer; `source` is told to wait when the reader is slow."""
        self.content_type = content_type
        self._source = source
        self.began.set()

    def write(self, chunk: bytes) -> None:
        if self._left or not chunk:
            return
        self._chunks.append(chunk)
        self._waiting += len(chunk)
        self._something.set()
        if self._waiting > limits.STREAM_BUFFER_BYTES and not self._paused and self._source is not None:
            self._paused = True
            self._source.pause()

    def close(self) -> None:
        """Nothing more will be written."""
        self._closed = True
        self._something.set()

    # the caller's side

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """What is written, until it is closed. What has come together is handed over together."""
        while True:
            await self._something.wait()
            self._something.clear()
            if self._chunks:
                data = b"".join(self._chunks)
                self._chunks.clear()
                self._waiting = 0
                self._go_on()
                yield data
            if self._closed and not self._chunks:
                return
            if self._chunks or self._closed:
                self._something.set()

    def leave(self) -> None:
        """The caller has gone: what comes from now on is thrown away."""
        self._left = True
        self._chunks.clear()
        self._waiting = 0
        self._go_on()

    def _go_on(self) -> None:
        if self._paused and self._source is not None:
            self._paused = False
            self._source.resume()
