"""The server's WebSocket protocol: uvicorn's own, which here also measures single frames.

An ASGI application sees whole messages; API Gateway bounds frames, too. So the size of a connection's largest frame
travels beside the scope.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto import events

from groundcloud.edge.websockets import LARGEST_FRAME


class EdgeWebSocketProtocol(WSProtocol):
    """Keeps `scope[LARGEST_FRAME]`, in bytes."""

    frame_bytes = 0

    def handle_message(self, event: events.TextMessage | events.BytesMessage) -> None:
        data = event.data
        self.frame_bytes += len(data.encode()) if isinstance(data, str) else len(data)
        scope: Any = self.scope
        scope[LARGEST_FRAME] = max(scope.get(LARGEST_FRAME, 0), self.frame_bytes)
        if event.frame_finished:
            self.frame_bytes = 0
        super().handle_message(event)
