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
_NO_SUCH_ROUTE = b"Function not found: /"
"""What the engine says of an operation of Lambda's that it lacks: the path, as if it were a function."""
_SHOWN = 200
"""Bytes of a body in which it is looked for."""


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
        if answer.lacks_operation:
            operation = exchange.identity.operation if exchange.identity else "of this request"
            raise AwsError("NotImplemented", f"Groundcloud does not support Lambda's operation {operation}", 501)
        return STREAMED


class _Answer:
    """The engine's answer on its way to the client. That it lacks a service, the engine says in a JSON of its own,
    in which no SDK finds an error; that it lacks an operation of Lambda's, as if a function were not there. Such an
    answer is kept back, for one that names what is missing in the protocol of the service."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None
        self.lacks_service = False
        self.lacks_operation = False

    async def send(self, message: Message) -> None:
        if message.get("status") in (400, 404):
            self._head = message
            return
        if self._head is not None:
            if message.get("body", b"").startswith(_NO_SUCH_SERVICE):
                self.lacks_service = True
                return
            if self._head["status"] == 404 and _NO_SUCH_ROUTE in message.get("body", b"")[:_SHOWN]:
                self.lacks_operation = True
                return
            head, self._head = self._head, None
            await self._send(head)
        await self._send(message)
