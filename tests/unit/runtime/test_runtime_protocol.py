"""The Runtime API's HTTP, fed with bytes: no sockets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.runtime import limits
from groundcloud.runtime.runtime_api import RuntimeConnection


class FakeTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True


class FakeApi:
    """Notes what it is asked, and answers 202."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def next(self, connection: RuntimeConnection) -> None:
        self.asked.append(("next",))

    def response(self, connection: RuntimeConnection, request_id: str, body: bytes | None) -> None:
        self.asked.append(("response", request_id, body))
        connection.accept()

    def error(self, connection: RuntimeConnection, request_id: str, body: bytes | None) -> None:
        self.asked.append(("error", request_id, body))
        connection.accept()

    def init_error(self, connection: RuntimeConnection, body: bytes | None) -> None:
        self.asked.append(("init_error", body))
        connection.accept()


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def connection(api: FakeApi, transport: FakeTransport) -> RuntimeConnection:
    connection = RuntimeConnection(api)
    connection.connection_made(transport)
    return connection


NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST /2018-06-01/runtime/{path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def test_next_waits_for_an_event(connection: RuntimeConnection, api: FakeApi, transport: FakeTransport) -> None:
    connection.data_received(NEXT)
    assert api.asked == [("next",)]
    assert transport.written == b""
    connection.event({"Lambda-Runtime-Aws-Request-Id": "id"}, b"{}")
    assert transport.written == (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        b"Lambda-Runtime-Aws-Request-Id: id\r\n\r\n{}"
    )


def test_who_asks_for_the_next_event_at_once_gets_the_receipt_with_it(
    connection: RuntimeConnection, transport: FakeTransport
) -> None:
    connection.data_received(post("invocation/abc/response", b"{}") + NEXT)
    assert transport.writes == []
    connection.event({}, b"[]")
    (packet,) = transport.writes
    assert packet.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert packet.count(b"HTTP/1.1 ") == 2 and packet.endswith(b"\r\n\r\n[]")


def test_a_receipt_that_is_held_back_can_be_released(connection: RuntimeConnection, transport: FakeTransport) -> None:
    connection.data_received(post("invocation/abc/response", b"{}") + NEXT)
    connection.release()
    connection.release()
    assert transport.written.count(b"HTTP/1.1 202 Accepted\r\n") == 1
    connection.event({}, b"[]")
    assert transport.written.count(b"HTTP/1.1 ") == 2


def test_who_asks_for_nothing_else_gets_the_receipt_at_once(
    connection: RuntimeConnection, transport: FakeTransport
) -> None:
    connection.data_received(post("invocation/abc/response", b"{}"))
    assert transport.written.startswith(b"HTTP/1.1 202 Accepted\r\n")


def test_no_receipt_is_lost(connection: RuntimeConnection, transport: FakeTransport) -> None:
    connection.data_received(post("invocation/abc/response", b"{}") + post("invocation/abc/error", b"{}") + NEXT)
    connection.event({}, b"[]")
    assert transport.written.count(b"HTTP/1.1 202 Accepted\r\n") == 2


def test_byte_by_byte(connection: RuntimeConnection, api: FakeApi, transport: FakeTransport) -> None:
    for byte in post("invocation/abc/response", b'"x"') + post("invocation/abc/error", b"{}"):
        connection.data_received(bytes((byte,)))
    assert api.asked == [("response", "abc", b'"x"'), ("error", "abc", b"{}")]
    assert transport.written.count(b"HTTP/1.1 202 Accepted\r\n") == 2


def test_chunked_bodies(connection: RuntimeConnection, api: FakeApi) -> None:
    head = b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.data_received(head + b"2\r\n{}\r\n3\r\nabc\r\n0\r\n\r\n")
    assert api.asked == [("init_error", b"{}abc")]


def test_oversized_bodies_are_not_kept(connection: RuntimeConnection, api: FakeApi) -> None:
    connection.data_received(post("invocation/abc/response", b"x" * (limits.RESPONSE_BYTES + 1)))
    connection.data_received(post("invocation/abc/response", b"x" * limits.RESPONSE_BYTES))
    assert [body and len(body) for _, _, body in api.asked] == [None, limits.RESPONSE_BYTES]


def test_expect_continue(connection: RuntimeConnection, api: FakeApi, transport: FakeTransport) -> None:
    request = post("invocation/abc/response", b"later", "Expect: 100-continue")
    head, body = request[:-5], request[-5:]
    connection.data_received(head)
    assert transport.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.data_received(body)
    assert api.asked == [("response", "abc", b"later")]


@pytest.mark.parametrize(
    "line",
    [
        b"GET /",
        b"GET /2018-06-01/runtime/invocation/next/more",
        b"POST /2018-06-01/runtime/invocation/next",
        b"GET /2018-06-01/runtime/invocation/abc/response",
        b"DELETE /2018-06-01/runtime/init/error",
    ],
)
def test_other_paths(connection: RuntimeConnection, api: FakeApi, transport: FakeTransport, line: bytes) -> None:
    connection.data_received(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert api.asked == []
    assert transport.written.startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_garbage(connection: RuntimeConnection, transport: FakeTransport) -> None:
    connection.data_received(b"\x16\x03\x01 tls?\r\n\r\n")
    assert transport.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert transport.closed


def test_answers_after_the_end_go_nowhere(connection: RuntimeConnection, transport: FakeTransport) -> None:
    connection.connection_lost(None)
    assert not connection.open
    connection.accept()
    assert transport.written == b""
