"""The ASGI WebSocket entry, an ordered decision: the guard → a WebSocket API of ours → the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, Protocol

from groundcloud.clock import new_request_id
from groundcloud.edge.chain import Handler
from groundcloud.edge.customdomains import may_be_custom
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.requestspans import RequestSpans
from groundcloud.engines.embedded.asgi import Receive, Send
from groundcloud.errors import AwsError
from groundcloud.gateway.domains import Domains
from groundcloud.gateway.target import Target
from groundcloud.gateway.websocket.connections import Close
from groundcloud.gateway.websocket.socket import Socket
from groundcloud.http import Request, Response

Scope = MutableMapping[str, Any]

LARGEST_FRAME = "groundcloud.largest_frame"
"""Where a scope has the bytes of its connection's largest frame: put there by `wsprotocol.py`."""


class Apis(Protocol):
    """`WebSocketApis`: serves a connection to its end, or says that it is none of theirs."""

    async def handle(self, request: Request, socket: Socket, mapped: Target | None = None) -> bool: ...


class WebSockets:
    """An ASGI application for the ``websocket`` scope."""

    def __init__(
        self,
        guard: Handler,
        domains: Domains,
        apis: Apis,
        engine: Callable[[Scope, Receive, Send], Awaitable[None]],
        spans: RequestSpans | None = None,
    ) -> None:
        self._guard = guard
        self._domains = domains
        self._apis = apis
        self._engine = engine
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handshake = Exchange({**scope, "method": "GET"}, receive, send, new_request_id())
        if await self._guard(handshake) is not None:
            await send({"type": "websocket.close", "code": 1008, "reason": "Refused: foreign Host or Origin"})
            return
        if self._spans is not None:
            self._spans.begin(handshake)
        socket = AsgiSocket(scope, receive, send, partial(self._answered, handshake))
        try:
            mapped = await self._mapped(handshake)
            if await self._apis.handle(_request(handshake), socket, mapped):
                return
        except AwsError as error:
            await socket.refuse(Response.json(error.status, '{"message":"Internal server error"}'))
            return
        if not socket.begun:
            RequestSpans.drop(handshake)
            await self._engine(scope, receive, send)

    def _answered(self, handshake: Exchange, status: int) -> None:
        """The handshake is a request that ends here, however long the connection lasts."""
        handshake.status = status
        if self._spans is not None:
            self._spans.end(handshake)

    async def _mapped(self, handshake: Exchange) -> Target | None:
        if not may_be_custom(handshake.hostname):
            return None
        domain = await self._domains.find(handshake.hostname)
        return domain.find(handshake.raw_path) if domain is not None else None


def _request(handshake: Exchange) -> Request:
    client = handshake.scope.get("client") or ("127.0.0.1", 0)
    scheme = str(handshake.scope.get("scheme", "ws"))
    headers = handshake.headers.copy()
    # The server reads this header itself, and keeps it apart.
    offered = handshake.scope.get("subprotocols") or []
    if offered and "sec-websocket-protocol" not in headers:
        headers.add("Sec-WebSocket-Protocol", ", ".join(offered))
    return Request("GET", handshake.raw_path, handshake.query_string, headers, b"", scheme, client[0])


class AsgiSocket:
    """A client's WebSocket behind ASGI. `begun` once anything was done with it; `answered` is told the status of the
    handshake's answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, answered: Callable[[int], None]) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._answered = answered
        self.begun = False

    @property
    def largest_frame(self) -> int:
        return int(self._scope.get(LARGEST_FRAME, 0))

    async def accept(self, subprotocol: str | None) -> None:
        await self._begin()
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})
        self._answered(101)

    async def refuse(self, response: Response) -> None:
        await self._begin()
        self._answered(response.status)
        if "websocket.http.response" not in (self._scope.get("extensions") or {}):
            await self._send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items]
        headers = [pair for pair in headers if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(response.body)).encode()))
        start = {"type": "websocket.http.response.start", "status": response.status, "headers": headers}
        await self._send(start)
        await self._send({"type": "websocket.http.response.body", "body": response.body})

    async def receive(self) -> str | bytes | Close:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            return Close(int(message.get("code") or 1005), str(message.get("reason") or ""))
        text = message.get("text")
        return text if text is not None else bytes(message.get("bytes") or b"")

    async def send(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def _begin(self) -> None:
        """The first message says that the client wants to connect."""
        if not self.begun:
            self.begun = True
            await self._receive()
