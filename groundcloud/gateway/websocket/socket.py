"""A client's WebSocket, as the data plane needs it: the edge plugs the server's own in."""

from __future__ import annotations

from typing import Protocol

from groundcloud.gateway.websocket.connections import Close
from groundcloud.http import Response


class Socket(Protocol):
    """States: asked → accepted or refused → closed."""

    @property
    def largest_frame(self) -> int:
        """The bytes of the largest frame that came so far."""
        ...

    async def accept(self, subprotocol: str | None) -> None: ...

    async def refuse(self, response: Response) -> None:
        """Answer the handshake with an HTTP response instead of an upgrade."""
        ...

    async def receive(self) -> str | bytes | Close:
        """The next message, or the end."""
        ...

    async def send(self, text: str) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...
