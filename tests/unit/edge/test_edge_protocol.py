"""The server's protocol, fed with bytes: header case, limits, and what HTTP calls ambiguous."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from groundcloud.edge.exchange import RAW_NAMES
from groundcloud.edge.limits import MAX_HEADER_BYTES, MAX_REQUEST_LINE_BYTES
from groundcloud.edge.onewrite import OneWrite
from groundcloud.edge.protocol import EdgeProtocol


class FakeTransport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 4566), "peername": ("127.0.0.1", 50000)})
        self.writes: list[bytes] = []
        self.closed = False

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Talk:
    """What one connection got for some bytes."""

    def __init__(self, *pieces: bytes) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.ended = False
        self.transport = FakeTransport()
        asyncio.run(self._feed(pieces))

    async def _feed(self, pieces: tuple[bytes, ...]) -> None:
        state = ServerState()
        config = Config(self._app, http=EdgeProtocol, interface="asgi3", proxy_headers=False, log_config=None)
        protocol = EdgeProtocol(config, state, {}, asyncio.get_running_loop())
        protocol.connection_made(self.transport)
        for piece in pieces:
            if not self.transport.closed:
                protocol.data_received(piece)
            await asyncio.sleep(0)
        if self.transport.closed:
            protocol.connection_lost(None)
        while state.tasks:
            await asyncio.wait(set(state.tasks), timeout=60)
            await asyncio.sleep(0)
        self.ended = self.transport.closed
        if not self.ended:
            protocol.connection_lost(None)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.scopes.append(scope)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    @property
    def status(self) -> int:
        return int(self.transport.written.split(b" ", 2)[1])


def head(*lines: str, line: str = "GET / HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: localhost", *lines, "", ""]).encode("latin-1")


def test_header_names_keep_their_case_beside_the_scope():
    talk = Talk(head("X-Custom-Thing: a", "x-other: b", "X-CUSTOM-thing: c"))
    assert talk.scopes[0][RAW_NAMES] == [b"Host", b"X-Custom-Thing", b"x-other", b"X-CUSTOM-thing"]
    assert [name for name, _ in talk.scopes[0]["headers"]] == [
        b"host",
        b"x-custom-thing",
        b"x-other",
        b"x-custom-thing",
    ]


def test_requests_one_after_another_on_one_connection():
    talk = Talk(head("A: 1") + head("B: 2", line="GET /second HTTP/1.1") + head(line="GET /third HTTP/1.1"))
    assert [scope["path"] for scope in talk.scopes] == ["/", "/second", "/third"]
    assert [scope[RAW_NAMES] for scope in talk.scopes] == [[b"Host", b"A"], [b"Host", b"B"], [b"Host"]]


def test_an_answer_is_one_packet():
    assert len(Talk(head()).transport.writes) == 1


def test_a_head_alone_goes_out_before_its_body_comes():
    async def watch() -> list[list[bytes]]:
        inner = FakeTransport()
        outer = OneWrite(inner, asyncio.get_running_loop())
        outer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        seen = [list(inner.writes)]
        await asyncio.sleep(0)
        seen.append(list(inner.writes))
        outer.write(b"later")
        return [*seen, inner.writes]

    begun = b"HTTP/1.1 200 OK\r\n\r\n"
    assert asyncio.run(watch()) == [[], [begun], [begun, b"later"]]


def test_closing_sends_what_was_held_and_a_closed_connection_gets_nothing_more():
    async def close() -> list[bytes]:
        inner = FakeTransport()
        outer = OneWrite(inner, asyncio.get_running_loop())
        outer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        outer.close()
        outer.write(b"HTTP/1.1 500 Late\r\n\r\n")
        await asyncio.sleep(0)
        return inner.writes

    assert asyncio.run(close()) == [b"HTTP/1.1 200 OK\r\n\r\n"]


def test_a_large_body_is_not_copied():
    async def send() -> list[int]:
        inner = FakeTransport()
        outer = OneWrite(inner, asyncio.get_running_loop())
        outer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        outer.write(b"x" * 100_000)
        return [len(each) for each in inner.writes]

    assert asyncio.run(send()) == [19, 100_000]


def test_a_request_in_single_bytes():
    raw = head("X-Name: value", "Content-Length: 3", line="POST /a HTTP/1.1") + b"abc"
    talk = Talk(*(raw[i : i + 1] for i in range(len(raw))))
    assert (talk.status, talk.bodies) == (200, [b"abc"])


@pytest.mark.parametrize(("size", "status"), [(MAX_REQUEST_LINE_BYTES - 10, 200), (MAX_REQUEST_LINE_BYTES + 1, 414)])
def test_a_request_line_is_bounded(size, status):
    talk = Talk(head(line=f"GET /{'a' * (size - 1)} HTTP/1.1"))
    assert talk.status == status
    assert talk.ended is (status == 414)


def test_a_request_line_that_never_ends():
    talk = Talk(b"GET /", *[b"a" * 8192] * 20)
    assert talk.status == 414


@pytest.mark.parametrize(("size", "status"), [(MAX_HEADER_BYTES - 100, 200), (MAX_HEADER_BYTES, 431)])
def test_headers_are_bounded(size, status):
    assert Talk(head(f"X-Long: {'a' * size}")).status == status
    many = [f"X-{number}: {'a' * 1000}" for number in range(size // 1000 + 1)]
    assert Talk(head(*many[: size // 1006])).status in (200, status)
    if status == 431:
        assert Talk(head(*many)).status == 431


def test_a_header_that_never_ends():
    """The parser gathers it without telling; memory must not grow with it."""
    talk = Talk(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ", *[b"a" * 8192] * 40)
    assert talk.status == 431
    assert talk.ended


def test_a_large_body_does_not_count_as_a_head():
    body = b"x" * 300_000
    post = head(f"Content-Length: {len(body)}", line="POST / HTTP/1.1") + body
    raw = post + post
    talk = Talk(*(raw[i : i + 50_000] for i in range(0, len(raw), 50_000)))
    assert talk.bodies == [body, body]


AMBIGUOUS = {
    "two hosts": head("Host: evil.example"),
    "two equal hosts": head("Host: localhost"),
    "length and chunks": head("Content-Length: 5", "Transfer-Encoding: chunked", line="POST / HTTP/1.1") + b"0\r\n\r\n",
    "two lengths": head("Content-Length: 5", "Content-Length: 6", line="POST / HTTP/1.1") + b"hello!",
    "a length that is none": head("Content-Length: +5", line="POST / HTTP/1.1") + b"hello",
    "a negative length": head("Content-Length: -1", line="POST / HTTP/1.1"),
    "chunks not last": head("Transfer-Encoding: chunked, identity", line="POST / HTTP/1.1") + b"0\r\n\r\n",
    "an unknown encoding": head("Transfer-Encoding: xchunked", line="POST / HTTP/1.1") + b"0\r\n\r\n",
    "a bad chunk size": head("Transfer-Encoding: chunked", line="POST / HTTP/1.1") + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a space before the colon": head("Content-Length : 5", line="POST / HTTP/1.1") + b"hello",
    "a folded header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\r\n b\r\n\r\n",
    "a bare line feed": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\rX-B: b\r\n\r\n",
    "a nul": head("X-A: a\x00b"),
    "another host in the request line": head(line="GET http://evil.example/ HTTP/1.1"),
    "user info in the request line": head(line="GET http://localhost@evil.example/ HTTP/1.1"),
    "an authority": head(line="CONNECT evil.example:443 HTTP/1.1"),
    "a host without path": head(line="GET http://localhost HTTP/1.1"),
    "no path": head(line="GET ?x=1 HTTP/1.1"),
    "letters beyond ASCII": "GET /é HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("what", AMBIGUOUS)
def test_what_could_be_read_in_two_ways_is_refused(what):
    """Source: RFC 9112, sections 2.2, 3.2, 5 and 6: a server answers 400 and closes the connection."""
    talk = Talk(AMBIGUOUS[what])
    assert (talk.status, talk.ended) == (400, True)
    assert not talk.scopes


def test_the_absolute_form_with_the_same_host():
    """Source: RFC 9112, section 3.2.2; clients that take the endpoint for a proxy send it."""
    talk = Talk(head(line="GET http://LOCALHOST/a?b=1 HTTP/1.1"))
    assert (talk.status, talk.scopes[0]["path"], talk.scopes[0]["query_string"]) == (200, "/a", b"b=1")


def test_a_field_after_the_body_is_no_header():
    """Source: RFC 9110, section 6.5.1."""
    chunks = b"3\r\nabc\r\n0\r\nHost: evil.example\r\nX-Amz-Target: Evil.Thing\r\n\r\n"
    talk = Talk(head("Transfer-Encoding: chunked", line="POST / HTTP/1.1") + chunks + head(line="GET /next HTTP/1.1"))
    assert talk.bodies == [b"abc", b""]
    assert [name for name, _ in talk.scopes[0]["headers"]] == [b"host", b"transfer-encoding"]
    assert len(talk.scopes[0][RAW_NAMES]) == 2
    assert talk.scopes[1]["path"] == "/next"


def test_fields_after_the_body_are_bounded_too():
    many = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(100))
    talk = Talk(head("Transfer-Encoding: chunked", line="POST / HTTP/1.1"), b"0\r\n" + many + b"\r\n")
    assert b"431" in talk.transport.written


def test_a_path_with_two_slashes_stays_a_path():
    talk = Talk(head(line="GET //evil.example/a?b HTTP/1.1"))
    assert (talk.scopes[0]["path"], talk.scopes[0]["raw_path"]) == ("//evil.example/a", b"//evil.example/a")


def test_a_client_that_waits_for_permission_gets_it():
    """Source: RFC 9110, section 10.1.1."""
    talk = Talk(head("Expect: 100-continue", "Content-Length: 3", line="PUT / HTTP/1.1"), b"abc")
    assert talk.transport.written.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_a_client_that_offers_http2_is_served_in_http1():
    """Java's client offers it with every request, also with a body."""
    upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]
    talk = Talk(head(*upgrade, "Content-Length: 3", line="POST / HTTP/1.1") + b"abc")
    assert (talk.status, talk.bodies) == (200, [b"abc"])
