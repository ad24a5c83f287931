"""The server's HTTP protocol: uvicorn's own, which here also keeps the client's header case and bounds the head.

API Gateway hands header names to a function as the client wrote them; ASGI lower-cases them, so the raw names travel
beside the scope. What HTTP calls ambiguous is refused, so that no two parts of the cloud can read it differently:
more than one Host, a request line that names another host, fields after the body.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from groundcloud.edge.cycle import CYCLE
from groundcloud.edge.exchange import RAW_NAMES
from groundcloud.edge.limits import MAX_HEADER_BYTES, MAX_REQUEST_LINE_BYTES
from groundcloud.edge.onewrite import OneWrite

_OFFERS_HTTP2 = re.compile(rb"\r\nupgrade:[ \t]*h2c[ \t]*(?=\r\n)", re.IGNORECASE)


class HeadRefused(httptools.HttpParserError):  # type: ignore[misc]
    """The request line or the headers are too large or ambiguous."""


class EdgeProtocol(HttpToolsProtocol):
    """Adds `scope[RAW_NAMES]` and `scope[CYCLE]`; answers 414 and 431 where uvicorn would read on for ever."""

    refusal: tuple[int, str] = (400, "Bad Request")
    between_messages = True
    in_head = False
    header_bytes = 0
    unfinished_bytes = 0
    hosts = 0
    raw_names: list[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, OneWrite(cast(asyncio.Transport, transport), self.loop)))

    def data_received(self, data: bytes) -> None:
        if self.in_head:
            # The parser reports a header when it is complete; one that never ends must not be gathered for ever.
            self.unfinished_bytes += len(data)
        elif self.between_messages:
            data = _without_http2_offer(data)
        super().data_received(data)
        if self.in_head and self.unfinished_bytes > MAX_REQUEST_LINE_BYTES + MAX_HEADER_BYTES:
            self.in_head = False
            self.refusal = (431, "Request Header Fields Too Large")
            self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.between_messages = False
        self.in_head = True
        self.header_bytes = self.unfinished_bytes = self.hosts = 0
        scope: Any = self.scope
        self.raw_names = scope[RAW_NAMES] = []

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_REQUEST_LINE_BYTES:
            self._refuse(414, "Request-URI Too Long")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.header_bytes += len(name) + len(value)
        if self.header_bytes > MAX_HEADER_BYTES:
            self._refuse(431, "Request Header Fields Too Large")
        if not self.in_head:
            return  # A field after a chunked body must never pass for one of the head (RFC 9110, section 6.5.1).
        lower = name.lower()
        if lower == b"host":
            self.hosts += 1
        elif lower == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((lower, value))
        self.raw_names.append(name)

    def on_headers_complete(self) -> None:
        self.in_head = False
        if self.hosts > 1:
            self._refuse(400, "Bad Request")  # RFC 9112, section 3.2
        if not self.url.startswith((b"/", b"*")) and not self._agrees_with_host():
            self._refuse(400, "Bad Request")  # the absolute form must agree with Host: RFC 9112, section 3.2.2
        super().on_headers_complete()
        scope: Any = self.scope
        scope[CYCLE] = self.cycle

    def _agrees_with_host(self) -> bool:
        named = urlsplit(self.url).netloc.lower()
        return any(name == b"host" and value.lower() == named for name, value in self.headers)

    def on_message_complete(self) -> None:
        self.between_messages = True
        super().on_message_complete()

    def _refuse(self, status: int, reason: str) -> None:
        self.in_head = False
        self.refusal = (status, reason)
        raise HeadRefused(reason)

    def send_400_response(self, msg: str) -> None:
        status, reason = self.refusal
        body = f'{{"message":"{reason}"}}'
        self.transport.write(
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        self.transport.close()


def _without_http2_offer(data: bytes) -> bytes:
    """Java's client offers HTTP/2 with every request. The parser would take the body behind it for the new protocol's
    and drop it; an offer may be ignored (RFC 9110, section 7.8)."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or b"h2c" not in data[:end]:
        return data
    return _OFFERS_HTTP2.sub(b"", data[: end + 2]) + data[end + 2 :]
