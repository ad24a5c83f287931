"""Hands a request to the engine as it came, streaming both ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from groundcloud.edge.chain import STREAMED
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.unasked import only_asked
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.errors import AwsError
from groundcloud.http import Response

_NO_SUCH_SERVICE = b'{"error": "Unsupported service: '


class PassThrough:
    """The last handler: whatever nobody else answered is the engine's."""

    def __init__(self, engine: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._engine = engine

    async def __call__(self, exchange: Exchange) -> Response | None:
        exchange.edited = only_asked(exchange)
        answer = _Answer(exchange.send)
        await self._engine(exchange.scope, exchange.receive, answer.send)
        if answer.lacks_service:
            service = exchange.identity.service if exchange.identity else "of this request"
            message = f"Groundcloud does not have the service {service}; docs/parity.md says what it has"
            raise AwsError("NotImplemented", message, 501)
        return STREAMED


class _Answer:
    """The engine's answer on its way to the client. That it lacks a service, the engine says in a JSON of its own,
    in which no SDK finds an error: that answer is kept back, for one in the protocol of the service."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None
        self.lacks_service = False

    async def send(self, message: Message) -> None:
        if message.get("status") == 400:
            self._head = message
            return
        if self._head is not None:
            if message.get("body", b"").startswith(_NO_SUCH_SERVICE):
                self.lacks_service = True
                return
            head, self._head = self._head, None
            await self._send(head)
        await self._send(message)
