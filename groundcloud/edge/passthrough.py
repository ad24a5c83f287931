"""Hands a request to the engine as it came, streaming both ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from groundcloud.edge.chain import STREAMED
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.unasked import only_asked
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.http import Response


class PassThrough:
    """The last handler: whatever nobody else answered is the engine's."""

    def __init__(self, engine: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._engine = engine

    async def __call__(self, exchange: Exchange) -> Response | None:
        exchange.edited = only_asked(exchange)
        await self._engine(exchange.scope, exchange.receive, exchange.send)
        return STREAMED
