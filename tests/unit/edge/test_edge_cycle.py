"""Answers and bodies that take the short way past ASGI's messages are the same bytes on the wire."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.edge.chain import STREAMED, Chain
from groundcloud.edge.exchange import Exchange
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response
from tests.unit.edge.test_edge_protocol import Talk, head


class Answered(Talk):
    """A connection behind which `handle` stands in the request path."""

    def __init__(self, handle: Any, *pieces: bytes) -> None:
        async def handler(exchange: Exchange) -> Response | None:
            return await handle(exchange)  # type: ignore[no-any-return]

        self._app = Chain([handler])  # type: ignore[assignment, method-assign]
        super().__init__(*pieces)


async def echo(exchange: Exchange) -> Response:
    return Response(200, Headers([("X-Kept-Case", "a")]), b"<" + await exchange.body() + b">")


def test_an_answer_is_one_packet_framed_by_its_length():
    talk = Answered(echo, head("Content-Length: 2", line="POST / HTTP/1.1") + b"ab")
    assert talk.transport.writes == [b"HTTP/1.1 200 OK\r\nX-Kept-Case: a\r\nContent-Length: 4\r\n\r\n<ab>"]


def test_a_body_that_comes_after_its_head_is_read_to_its_end():
    talk = Answered(echo, head("Content-Length: 4", line="POST / HTTP/1.1") + b"ab", b"c", b"d")
    assert talk.transport.written.endswith(b"<abcd>")


def test_requests_that_are_sent_at_once_are_answered_in_order():
    one = head("Content-Length: 1", line="POST / HTTP/1.1")
    talk = Answered(echo, one + b"1" + one + b"2" + one + b"3")
    assert [body[:3] for body in talk.transport.written.split(b"\r\n\r\n")[1:]] == [b"<1>", b"<2>", b"<3>"]


def test_head_and_closing():
    talk = Answered(echo, head("Connection: close", line="HEAD / HTTP/1.1"))
    assert talk.transport.writes == [
        b"HTTP/1.1 200 OK\r\nX-Kept-Case: a\r\nContent-Length: 2\r\nconnection: close\r\n\r\n"
    ]
    assert talk.ended


def test_an_answer_that_closes_says_so_once():
    async def closing(exchange: Exchange) -> Response:
        return Response(200, Headers([("Connection", "keep-alive, Close")]))

    talk = Answered(closing, head())
    assert talk.transport.written.lower().count(b"connection:") == 1
    assert talk.ended


def passing(*messages: dict[str, Any], error: Exception | None = None) -> Any:
    async def handle(exchange: Exchange) -> Response:
        for message in messages:
            await exchange.send({"type": f"http.response.{'start' if 'status' in message else 'body'}", **message})
        if error:
            raise error
        return STREAMED

    return handle


LENGTH = (b"content-length", b"2")


def test_what_the_engine_answers_is_one_packet_too():
    talk = Answered(passing({"status": 201, "headers": [(b"X-A", b"b"), LENGTH]}, {"body": b"ok"}), head())
    assert talk.transport.writes == [b"HTTP/1.1 201 Created\r\nX-A: b\r\ncontent-length: 2\r\n\r\nok"]


def test_what_it_sends_in_parts_or_without_a_length_comes_as_it_comes():
    parts = passing({"status": 200, "headers": [LENGTH]}, {"body": b"o", "more_body": True}, {"body": b"k"})
    assert Answered(parts, head()).transport.written.endswith(b"\r\n\r\nok")
    chunked = passing({"status": 200, "headers": []}, {"body": b"ok"})
    assert Answered(chunked, head()).transport.written.endswith(b"2\r\nok\r\n0\r\n\r\n")


def test_head_and_no_content_of_the_engine_keep_their_length_and_have_no_body():
    talk = Answered(passing({"status": 200, "headers": [LENGTH]}, {"body": b""}), head(line="HEAD / HTTP/1.1"))
    assert talk.transport.written == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


@pytest.mark.parametrize("value", [b"a\r\nX-B: c", b"a\nb", b"\x00"], ids=["crlf", "lf", "nul"])
def test_a_line_break_in_a_header_of_the_engine_reaches_no_client(value):
    talk = Answered(passing({"status": 200, "headers": [(b"X-A", value), LENGTH]}, {"body": b"ok"}), head())
    assert b"X-B" not in talk.transport.written
    assert not talk.transport.written.startswith(b"HTTP/1.1 200")


def test_a_failure_before_anything_was_sent_is_told():
    failing = passing({"status": 200, "headers": [LENGTH]}, error=AwsError("Boom", "broke", 500))
    assert Answered(failing, head()).status == 500


def test_nobody_reads_a_body_twice_and_a_client_that_leaves_is_seen():
    async def handle(exchange: Exchange) -> Response:
        first = await exchange.body()
        again = await exchange.receive()
        assert again == {"type": "http.request", "body": first, "more_body": False}
        left = asyncio.ensure_future(exchange.receive())
        await asyncio.sleep(0)
        assert not left.done()
        left.cancel()
        return Response(200, body=first)

    assert Answered(handle, head("Content-Length: 2", line="PUT / HTTP/1.1") + b"ab").transport.written[-2:] == b"ab"
