"""The request path: the first answer wins, and nothing that goes wrong stops the next request."""

from __future__ import annotations

import asyncio
import logging

import pytest

from groundcloud.edge.chain import STREAMED, Chain
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response
from tests.support.edge import Wire, scope


def answering(response):
    async def handler(exchange):
        return response

    return handler


def raising(error):
    async def handler(exchange):
        raise error

    return handler


async def passing(exchange):
    return None


def ask(*handlers, method="GET", target="/", wire=None, recorders=(), headers=()):
    wire = wire or Wire()
    asyncio.run(Chain(handlers, recorders)(scope(method, target, headers), wire.receive, wire.send))
    return wire


def text(body, status=200, *headers):
    return Response(status, Headers(list(headers)), body)


def test_the_first_answer_wins():
    wire = ask(passing, answering(text(b"first")), raising(AssertionError("not reached")))
    assert (wire.status, wire.body) == (200, b"first")
    assert wire.headers.get("content-length") == "5"


def test_an_aws_error_becomes_a_wire_response():
    wire = ask(raising(AwsError("NotHere", "Not here", 404)), answering(text(b"never")))
    assert wire.status == 404
    assert b"NotHere" in wire.body


def test_an_unexpected_error_is_a_500_with_a_trace_in_the_log_and_the_next_request_works(caplog):
    broken = [True]

    async def handler(exchange):
        if broken.pop() if broken else False:
            raise RuntimeError("a secret detail")
        return text(b"fine")

    chain = Chain([handler])

    async def twice():
        wires = [Wire(), Wire()]
        for wire in wires:
            await chain(scope(), wire.receive, wire.send)
        return wires

    with caplog.at_level(logging.ERROR):
        first, second = asyncio.run(twice())
    assert first.status == 500
    assert b"a secret detail" not in first.body
    assert "RuntimeError: a secret detail" in caplog.text
    assert caplog.records[0].message.split("request ")[1].rstrip(")").encode() in first.body
    assert second.body == b"fine"


def test_no_handler_at_all_is_a_500():
    assert ask(passing).status == 500


def test_a_streamed_answer_is_not_sent_again():
    async def stream(exchange):
        await exchange.send({"type": "http.response.start", "status": 206, "headers": []})
        await exchange.send({"type": "http.response.body", "body": b"part"})
        return STREAMED

    wire = ask(stream)
    assert (wire.status, wire.body, len(wire.sent)) == (206, b"part", 2)


def test_an_error_in_the_middle_of_a_stream_sends_no_second_head():
    """The server ends such a connection, so that the client sees that the answer is not whole."""

    async def stream(exchange):
        await exchange.send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("broke off")

    wire = ask(stream)
    assert [message["type"] for message in wire.sent] == ["http.response.start"]


def test_head_keeps_its_length_and_loses_its_body():
    wire = ask(answering(text(b"12345")), method="HEAD")
    assert (wire.headers.get("content-length"), wire.body) == ("5", b"")
    wire = ask(answering(text(b"", 200, ("Content-Length", "1000"))), method="HEAD")
    assert wire.headers.get("content-length") == "1000"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_has_no_body(status):
    """Source: RFC 9110, sections 15.3.5 and 15.4.5. A function may well return one with a body."""
    wire = ask(answering(text(b"surplus", status, ("Content-Length", "7"))))
    assert (wire.body, wire.headers.get("content-length")) == (b"", None)


def test_the_framing_is_ours_whatever_the_part_said():
    """Two lengths, or a length and chunks, would let a proxy and a client read different answers."""
    framed = [("content-length", "1"), ("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("X-Kept", "1")]
    wire = ask(answering(text(b"12345", 200, *framed)))
    assert wire.headers.get_all("content-length") == ["5"]
    assert "transfer-encoding" not in wire.headers
    assert wire.headers.get("x-kept") == "1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nSet-Cookie: stolen=1"),
        ("X-A", "a\nb"),
        ("X-A", "nul\x00"),
        ("X-A\r\nX-B", "a"),
        ("X A", "a"),
        ("", "a"),
        ("X-A:", "a"),
        ("X-A", "snowman \u2603"),
    ],
)
def test_a_header_that_http_cannot_carry_is_an_error_and_not_another_header(name, value, caplog):
    wire = ask(answering(text(b"body", 200, (name, value))))
    assert wire.status == 500
    assert "set-cookie" not in wire.headers
    assert len([message for message in wire.sent if message["type"] == "http.response.start"]) == 1


def test_an_error_whose_code_has_line_breaks_is_still_answered(caplog):
    assert ask(raising(AwsError("A\r\nB: c", "message"))).status == 500


@pytest.mark.parametrize("status", [0, 101, 199, 600, 999, -1])
def test_a_status_that_is_none(status, caplog):
    assert ask(answering(text(b"", status))).status == 500


def test_latin_letters_in_a_header_arrive():
    assert ask(answering(text(b"", 200, ("X-Name", "é")))).headers.get("x-name") == "é"


def test_recorders_see_every_exchange():
    seen = []
    recorders = [lambda exchange: seen.append(exchange.status)]
    ask(answering(text(b"", 201)), recorders=recorders)
    ask(raising(AwsError("A", "b", 403)), recorders=recorders)
    ask(raising(RuntimeError("x")), recorders=recorders)
    assert seen == [201, 403, 500]


def test_a_body_that_breaks_off_is_an_error_of_the_client():
    async def read(exchange):
        await exchange.body()

    wire = ask(read, wire=Wire([]))
    assert wire.status == 400
