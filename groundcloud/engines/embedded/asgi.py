"""Talks ASGI to an application in this process: one buffered request in, one buffered response out."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from groundcloud.engines import SERVICE
from groundcloud.http import Headers, Request, Response
from groundcloud.spans import current

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def scope_of(request: Request) -> dict[str, Any]:
    """The ASGI scope of `request`."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.engine_path or request.path,
        "raw_path": request.raw_path.encode("ascii", "surrogateescape"),
        "query_string": request.query_string.encode("ascii", "surrogateescape"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items],
        "client": (request.client, 0),
        "server": ("127.0.0.1", 0),
        SERVICE: request.service,
    }


class _Exchange:
    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self.status = 500
        self.headers: list[tuple[str, str]] = []
        self.chunks: list[bytes] = []

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        # Nobody hangs up on an in-process call; an application that watches for it just never sees it.
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", [])]
        elif message["type"] == "http.response.body":
            self.chunks.append(message.get("body", b""))


async def fetch(app: AsgiApp, request: Request) -> Response:
    """Run `request` through `app`, in a context of its own: what the application keeps in context variables (whose
    account this is) must not reach the request that made this call. Only what it is part of is handed on."""
    exchange = _Exchange(request.body)
    context = contextvars.Context()
    span = current.get()
    if span is not None:
        context.run(current.set, span)

    async def run() -> None:
        await app(scope_of(request), exchange.receive, exchange.send)

    await asyncio.get_running_loop().create_task(run(), context=context)
    return Response(exchange.status, Headers(exchange.headers), b"".join(exchange.chunks))
