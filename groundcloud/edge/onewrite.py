"""A transport that wakes the client once for an answer: head and body are one packet."""

from __future__ import annotations

import asyncio
from typing import Any

_ONE_PACKET = 65536
"""Bytes of a body that are copied to go with the head; of more, the copy would cost more than the packet."""


class OneWrite:
    """Sends the head of an answer together with what follows at once. A head that nothing follows goes out by itself,
    before anything else happens on the loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._both(head, data)
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self.flush)
        else:
            self._transport.write(data)

    def write_whole(self, head: bytes, body: bytes) -> None:
        """An answer that is complete: there is nothing to wait for."""
        self.flush()
        self._both(head, body)

    def _both(self, head: bytes, body: bytes) -> None:
        if len(body) > _ONE_PACKET:
            self._transport.write(head)
            self._transport.write(body)
        else:
            self._transport.write(head + body)

    def flush(self) -> None:
        if self._head and not self._transport.is_closing():
            self.write(b"")

    def close(self) -> None:
        self.flush()
        self._transport.close()
