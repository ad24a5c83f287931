"""The Lambda Runtime API, version 2018-06-01, as a small HTTP server for one environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. This is on the way of every call, so it is an asyncio
protocol without layers: bytes are parsed by httptools, answers are written in one piece.

What the API means is decided by a `RuntimeApi`, which the environment implements; this file knows HTTP only.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Protocol, cast

import httptools

from groundcloud.runtime import limits
from groundcloud.runtime.response_stream import ResponseStream

PREFIX = "/2018-06-01/runtime/"
_NEXT = f"{PREFIX}invocation/next".encode()
_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 413: "Too Large"}
_ERROR_BODY = "lambda-runtime-function-error-body"
_RESPONSE_MODE = "lambda-runtime-function-response-mode"
_KEPT = {name.encode(): name for name in (_ERROR_BODY, _RESPONSE_MODE, "content-type", "expect")}
"""The headers that mean something here."""

_HEADER_LIMIT = 2 * 1024 * 1024
"""Bytes of one request's headers: the client sends a stack trace in one, `Lambda-Runtime-Function-XRay-Error-Cause`."""


class RuntimeApi(Protocol):
    """What the paths of the API do. Each answers through `connection`, at once or later."""

    def next(self, connection: RuntimeConnection) -> None: ...

    def response(self, connection: RuntimeConnection, request_id: str, body: bytes | None) -> None:
        """`body` is None when it was larger than a response may be."""
        ...

    def error(self, connection: RuntimeConnection, request_id: str, body: bytes | None) -> None: ...

    def init_error(self, connection: RuntimeConnection, body: bytes | None) -> None: ...

    def stream(self, connection: RuntimeConnection, request_id: str, content_type: str) -> ResponseStream | None:
        """A streamed response begins: where its chunks go, or None when the caller waits for the whole."""
        ...

    def truncated(self, request_id: str) -> None:
        """The connection broke off in the middle of a streamed response."""
        ...


class RuntimeConnection(asyncio.Protocol):
    """One connection of a function's process. The process asks one thing at a time and keeps the connection; one that
    asks for its end (`Connection: close`, HTTP/1.0) is waiting for that end, and gets it with the answer."""

    def __init__(self, api: RuntimeApi) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._receipt = b""
        self._has_asked = False
        self._is_last = False
        self._reset()

    def _reset(self) -> None:
        self._url = b""
        self._body: list[bytes] = []
        self._size = 0
        self._header_size = 0
        self._stream: ResponseStream | None = None
        self.headers: dict[str, str] = {}

    # asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, not a check: uvloop's transport is no subclass.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._stream is not None:
            self._stream = None
            self._api.truncated(self._parts()[1])

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.refuse(400, "InvalidRequest", "Not an HTTP request")
            self.close()
        if self._receipt and not self._has_asked:
            self.release()

    # httptools

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_size += len(name) + len(value)
        if self._header_size > _HEADER_LIMIT:
            return
        kept = _KEPT.get(name.lower())
        if kept is not None:
            self.headers[kept] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if "expect" in self.headers and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.headers.get(_RESPONSE_MODE) == "streaming" and self._url.endswith(b"/response"):
            content_type = self.headers.get("content-type") or "application/octet-stream"
            self._stream = self._api.stream(self, self._parts()[1], content_type)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._stream is not None:
            if self._size <= limits.STREAMED_RESPONSE_BYTES:
                self._stream.write(body)
        elif self._size <= limits.RESPONSE_BYTES:
            self._body.append(body)
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        method = self._parser.get_method()
        self._is_last = not self._parser.should_keep_alive()
        if self._url == _NEXT and method == b"GET":
            self._reset()
            self._has_asked = True
            return self._api.next(self)
        path = self._url.decode("latin-1").partition("?")[0]
        limit = limits.RESPONSE_BYTES if self._stream is None else limits.STREAMED_RESPONSE_BYTES
        body = b"".join(self._body) if self._size <= limit else None
        # It has ended well, whatever becomes of the connection while it is answered.
        self._stream = None
        self._route(method, path, body)
        self._reset()
        return None

    def _parts(self) -> list[str]:
        """What the path says after the version: ``invocation``, the request's id, ``response``."""
        return [*self._url.decode("latin-1").partition("?")[0][len(PREFIX) :].split("/"), ""]

    def _route(self, method: bytes, path: str, body: bytes | None) -> None:
        if not path.startswith(PREFIX):
            return self.refuse(404, "NotFound", f"No such path: {path}")
        parts = path[len(PREFIX) :].split("/")
        if method == b"GET" and parts == ["invocation", "next"]:
            self._has_asked = True
            return self._api.next(self)
        if method == b"POST" and parts == ["init", "error"]:
            return self._api.init_error(self, body)
        if method == b"POST" and len(parts) == 3 and parts[0] == "invocation":
            failure = self.headers.get(_ERROR_BODY)
            if parts[2] == "response" and failure is not None:
                # A streamed response that broke off: the error is in the trailers, in Base64.
                return self._api.error(self, parts[1], _decoded(failure))
            if parts[2] == "response":
                return self._api.response(self, parts[1], body)
            if parts[2] == "error":
                return self._api.error(self, parts[1], body)
        return self.refuse(404, "NotFound", f"No such path: {path}")

    # a streamed response

    def pause(self) -> None:
        """Read no more of it for now: its caller is slow."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    # answers

    @property
    def open(self) -> bool:
        return self._transport is not None

    def accept(self) -> None:
        """202: what was posted is taken. Who has asked for the next event in the same breath waits for nothing before
        that event, and gets both together; or the receipt alone, when it is released."""
        self.release()
        self._receipt = _RECEIPT

    def release(self) -> None:
        """Send a receipt that is held back."""
        if self._receipt:
            self._write(b"")

    def refuse(self, status: int, kind: str, message: str) -> None:
        """An error in the API's form."""
        self._has_asked = False
        body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
        self._write(_head(status, len(body), {}) + body)

    def event(self, headers: Mapping[str, str], payload: bytes) -> None:
        """200 with an invocation."""
        self._has_asked = False
        self._write(_head(200, len(payload), headers) + payload)

    def _write(self, data: bytes) -> None:
        receipt, self._receipt = self._receipt, b""
        if self._transport is not None:
            self._transport.write(receipt + data)
            if self._is_last:
                self._transport.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:
        return text.encode()


_RECEIPT = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + b'{"status":"OK"}\n'
)


def _head(status: int, length: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"{head}{lines}\r\n".encode("latin-1")
