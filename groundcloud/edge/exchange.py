"""One request on its way through the edge, and what the handlers learn about it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, MutableMapping
from contextlib import aclosing
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from groundcloud.edge import cycle
from groundcloud.edge.limits import MAX_BODY_BYTES
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response, StreamedResponse
from groundcloud.ports import Scope
from groundcloud.spans import Span

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""What may stand in a header (RFC 9110, section 5): above all no line break, which would begin another header."""

_NO_BODY = (204, 304)

RAW_NAMES = "groundcloud.header_names"
"""Scope key under which our protocol class keeps the header names as the client wrote them."""


class Identity(NamedTuple):
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

    `identity` is set by identify, `is_admin` by authorize, `judged` by permit: the account, and the region, in whose
    administrator's name the request goes on, when all of it was verified and judged here; `status` is set by whoever
    answers; `span` is None when no trace is kept of it.
    """

    def __init__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send, request_id: str) -> None:
        self.scope = scope
        self.request_id = request_id
        self.identity: Identity | None = None
        self.is_admin = False
        self.judged: Scope | None = None
        self.status = 0
        self.method: str = scope["method"]
        self.raw_path: str = scope["raw_path"].decode("latin-1")
        self.query_string: str = scope["query_string"].decode("latin-1")
        pairs = scope["headers"]
        self.headers = Headers.of_wire(scope.get(RAW_NAMES) or [name for name, _ in pairs], pairs)
        self.hostname = _hostname(self.headers.get("host") or "")
        """The Host header in lower case, without port and final dot; empty when it is no host name at all."""
        self.path = unquote(self.raw_path) if "%" in self.raw_path else self.raw_path
        """The path, percent-decoded."""
        self.engine_path = ""
        """The one by which the engine finds it, where that is another (`functionpaths`)."""
        self._receive = receive
        self._send = send
        self._body: bytes | None = None
        self._body_was_asked_for = False
        self._head: Message | None = None
        self._request: Request | None = None
        self.span: Span | None = None
        self.edited: Callable[[Message], Message] | None = None
        """What an answer's head is before it is sent, where somebody else's answer is passed on."""

    async def body(self, limit: int = MAX_BODY_BYTES) -> bytes:
        """The whole body, read once. Raises `AwsError` 413 beyond `limit` bytes, and 400 if the client hangs up."""
        if self._body is not None:
            return self._body
        self._body_was_asked_for = True
        connection = self.scope.get(cycle.CYCLE)
        whole = cycle.take_body(connection) if connection is not None else None
        self._body = await self._gathered(limit) if whole is None else _within(whole, limit)
        if self.span is not None:
            self.span.received(self._body)
        return self._body

    async def _gathered(self, limit: int) -> bytes:
        """The body as it comes."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise AwsError("RequestTimeout", "The client closed the connection before the body was complete", 400)
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)

    async def request(self, limit: int = MAX_BODY_BYTES) -> Request:
        """The whole request as a value."""
        if self._request is None:
            client = self.scope.get("client") or ("127.0.0.1", 0)
            service = self.identity.service if self.identity else ""
            self._request = Request(
                self.method,
                self.raw_path,
                self.query_string,
                self.headers,
                await self.body(limit),
                self.scope.get("scheme", "http"),
                client[0],
                service,
                self.engine_path,
            )
        return self._request

    async def receive(self) -> Message:
        """For whoever the connection is handed on to: the body that was read, or the connection's own messages."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        self._body_was_asked_for = True
        message = await self._receive()
        if self.span is not None and "body" in message:
            self.span.received(message["body"])
        return message

    async def send(self, message: Message) -> None:
        """For whoever the connection is handed on to. The head of an answer with a length waits for its body: most are
        one message more, and both go out as one packet."""
        if self.edited is not None and message["type"] == "http.response.start":
            message = self.edited(message)
        if self.span is not None:
            self.span.answered(message)
        connection = self.scope.get(cycle.CYCLE)
        if connection is None:
            self.status = message.get("status", self.status)
            await self._send(message)
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            self._head = message
            if cycle.length_of(message.get("headers", ())) is None:
                await self._begin()
        elif self._head is None or not self._passed_on(connection, self._head, message):
            await self._begin()
            await self._send(message)

    async def _begin(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            await self._send(head)

    def _passed_on(self, connection: Any, head: Message, message: Message) -> bool:
        """Whether head and body, as the whole answer, have gone out together."""
        if message.get("more_body") or self.method == "HEAD":
            return False
        if not cycle.pass_on(connection, self.status, head.get("headers", ()), message.get("body", b"")):
            return False
        self._head = None
        return True

    def take_back(self) -> bool:
        """Whether another answer can still be sent: the head of one that was begun may not have gone out yet."""
        if self._head is not None:
            self._head, self.status = None, 0
        return not self.status

    async def answer(self, response: Response) -> None:
        """Send a whole response; a HEAD answer keeps its length and loses its body. Raises `ValueError`, before
        anything was sent, for what HTTP cannot carry."""
        encoded = _encoded_headers(response, is_head=self.method == "HEAD")
        if not self._body_was_asked_for and (self.headers.get("expect") or "").lower() == "100-continue":
            # Whether the body still comes, only the client knows: nothing else can follow on this connection
            # (RFC 9110, section 10.1.1).
            encoded.append((b"Connection", b"close"))
        if isinstance(response, StreamedResponse):
            await self._stream(response, encoded)
            return
        body = b"" if self.method == "HEAD" or response.status in _NO_BODY else response.body
        connection = self.scope.get(cycle.CYCLE)
        if connection is not None and cycle.answer(connection, response.status, encoded, body):
            self.status = response.status
            if self.span is not None:
                self.span.response_headers = encoded
                self.span.sent(body)
            return
        await self.send({"type": "http.response.start", "status": response.status, "headers": encoded})
        await self.send({"type": "http.response.body", "body": body})

    async def _stream(self, response: StreamedResponse, headers: list[tuple[bytes, bytes]]) -> None:
        """Send a body as it comes, until it ends or the client hangs up."""
        sending = asyncio.ensure_future(self._send_chunks(response, headers))
        leaving = asyncio.ensure_future(self._client_leaves())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not sending.done():
                sending.cancel()
            # Wait for both: the source of the chunks must be closed before the exchange is recorded.
            results = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]

    async def _send_chunks(self, response: StreamedResponse, headers: list[tuple[bytes, bytes]]) -> None:
        async with aclosing(response.chunks) as chunks:
            await self.send({"type": "http.response.start", "status": response.status, "headers": headers})
            try:
                if self.method != "HEAD":
                    async for chunk in chunks:
                        await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
            except ConnectionAbortedError:
                return  # Without the last chunk the server ends the connection, and the client can tell.
            await self.send({"type": "http.response.body", "body": b""})

    async def _client_leaves(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


@lru_cache(maxsize=256)
def _hostname(host: str) -> str:
    found = _HOST.fullmatch(host)
    return found[1].lower().removesuffix(".") if found else ""


def _within(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> AwsError:
    return AwsError("RequestEntityTooLarge", f"The request body is larger than {limit} bytes", 413)


@lru_cache(maxsize=512)
def _wire_name(name: str) -> tuple[bytes, str]:
    """A header's name as it is sent, and in lower case. Raises `ValueError`; what is raised is not kept."""
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"HTTP cannot carry a header called {name!r}")
    return name.encode("latin-1"), name.lower()


def _encoded_headers(response: Response, *, is_head: bool) -> list[tuple[bytes, bytes]]:
    """The headers for the wire, framed by the length of the body that really follows."""
    if not 200 <= response.status <= 599:
        raise ValueError(f"{response.status} is not a final HTTP status")
    encoded, length = [], None
    for name, value in response.headers.items:
        sent, lower = _wire_name(name)
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"HTTP cannot carry the header {name!r}: {value!r}")
        if lower == "content-length":
            length = value
        elif lower != "transfer-encoding":
            encoded.append((sent, value.encode("latin-1")))
    if isinstance(response, StreamedResponse):
        return encoded
    if is_head and (length is not None or response.status in _NO_BODY):
        length = length if length and length.isdecimal() else None
    elif response.status in _NO_BODY:
        length = None
    else:
        length = str(len(response.body))
    if length is not None:
        encoded.append((b"Content-Length", length.encode("ascii")))
    return encoded
