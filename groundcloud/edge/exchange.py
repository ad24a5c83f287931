"""One request on its way through the edge, and what the handlers learn about it."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from groundcloud.edge.limits import MAX_BODY_BYTES
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope

RAW_NAMES = "groundcloud.header_names"
"""Scope key under which our protocol class keeps the header names as the client wrote them."""


@dataclass(frozen=True)
class Identity:
    """Who asks for what.

    `service` as boto3 names it, `operation` in PascalCase or "" when it is unknown, `protocol` one of botocore's
    names; `access_key` is empty for an anonymous request.
    """

    service: str
    operation: str
    protocol: str
    scope: Scope
    access_key: str = ""
    signing_name: str = ""


class Exchange:
    """A request, its connection, and the marks that the handlers leave on it.

    `identity` is set by identify, `is_admin` by authorize, `status` by whoever answers.
    """

    def __init__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send, request_id: str) -> None:
        self.scope = scope
        self.request_id = request_id
        self.identity: Identity | None = None
        self.is_admin = False
        self.status = 0
        self.method: str = scope["method"]
        self.raw_path: str = scope["raw_path"].decode("latin-1")
        self.query_string: str = scope["query_string"].decode("latin-1")
        names = scope.get(RAW_NAMES) or [name for name, _ in scope["headers"]]
        self.headers = Headers(
            [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, (_, value) in zip(names, scope["headers"], strict=True)
            ]
        )
        self._receive = receive
        self._send = send
        self._body: bytes | None = None
        self._request: Request | None = None

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    async def body(self, limit: int = MAX_BODY_BYTES) -> bytes:
        """The whole body, read once. Raises `AwsError` 413 beyond `limit` bytes, and 400 if the client hangs up."""
        if self._body is not None:
            return self._body
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise AwsError("RequestTimeout", "The client closed the connection before the body was complete", 400)
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise AwsError("RequestEntityTooLarge", f"The request body is larger than {limit} bytes", 413)
            chunks.append(chunk)
            if not message.get("more_body", False):
                break
        self._body = b"".join(chunks)
        return self._body

    async def request(self, limit: int = MAX_BODY_BYTES) -> Request:
        """The whole request as a value."""
        if self._request is None:
            client = self.scope.get("client") or ("127.0.0.1", 0)
            self._request = Request(
                self.method,
                self.raw_path,
                self.query_string,
                self.headers,
                await self.body(limit),
                self.scope.get("scheme", "http"),
                client[0],
            )
        return self._request

    async def receive(self) -> Message:
        """For whoever the connection is handed on to: the body that was read, or the connection's own messages."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        return await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def answer(self, response: Response) -> None:
        """Send a whole response; a HEAD answer keeps its length and loses its body."""
        headers = response.headers
        if "content-length" not in headers and response.status not in (204, 304):
            headers.add("Content-Length", str(len(response.body)))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items]
        await self.send({"type": "http.response.start", "status": response.status, "headers": encoded})
        body = b"" if self.method == "HEAD" else response.body
        await self.send({"type": "http.response.body", "body": body})
