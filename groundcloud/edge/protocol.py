"""The server's HTTP protocol: uvicorn's own, which here also keeps the client's header case and bounds the head.

API Gateway hands header names to a function as the client wrote them; ASGI lower-cases them, so the raw names travel
beside the scope.
"""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from groundcloud.edge.exchange import RAW_NAMES
from groundcloud.edge.limits import MAX_HEADER_BYTES, MAX_REQUEST_LINE_BYTES


class HeadTooLarge(httptools.HttpParserError):  # type: ignore[misc]
    """The request line or the headers are beyond the limit."""


class EdgeProtocol(HttpToolsProtocol):
    """Adds `scope[RAW_NAMES]`; answers 414 and 431 where uvicorn would read on for ever."""

    refusal: tuple[int, str] | None = None
    header_bytes = 0

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.header_bytes = 0
        scope: Any = self.scope
        scope[RAW_NAMES] = []

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_REQUEST_LINE_BYTES:
            self._refuse(414, "Request-URI Too Long")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        scope: Any = self.scope
        scope[RAW_NAMES].append(name)
        self.header_bytes += len(name) + len(value)
        if self.header_bytes > MAX_HEADER_BYTES:
            self._refuse(431, "Request Header Fields Too Large")

    def _refuse(self, status: int, reason: str) -> None:
        self.refusal = (status, reason)
        raise HeadTooLarge(reason)

    def send_400_response(self, msg: str) -> None:
        if self.refusal is None:
            super().send_400_response(msg)
            return
        status, reason = self.refusal
        body = f'{{"message":"{reason}"}}'
        self.transport.write(
            f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        self.transport.close()
