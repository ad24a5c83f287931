"""One request on its way: its body, its host, its header names."""

from __future__ import annotations

import asyncio

import pytest

from groundcloud.edge.exchange import RAW_NAMES, Exchange
from groundcloud.errors import AwsError
from groundcloud.http import Response
from tests.support.edge import Wire, exchange, scope


def test_the_body_is_read_once_and_whole():
    wire = Wire([b"a", b"b", b"c"])
    one = exchange(wire=wire)

    async def twice():
        return await one.body(), await one.body()

    assert asyncio.run(twice()) == (b"abc", b"abc")
    assert wire.reads == 3


@pytest.mark.parametrize(("limit", "status"), [(3, None), (2, 413)])
def test_the_body_is_bounded(limit, status):
    one = exchange(wire=Wire([b"a", b"b", b"c"]))
    if status is None:
        assert asyncio.run(one.body(limit)) == b"abc"
    else:
        with pytest.raises(AwsError) as caught:
            asyncio.run(one.body(limit))
        assert caught.value.status == status


def test_a_body_that_was_read_is_handed_on_whole():
    one = exchange(wire=Wire([b"a", b"b"]))

    async def read_then_hand_on():
        await one.body()
        return await one.receive(), await one.receive()

    first, second = asyncio.run(read_then_hand_on())
    assert first == {"type": "http.request", "body": b"ab", "more_body": False}
    assert second == {"type": "http.disconnect"}


def test_a_body_that_nobody_read_streams_through():
    one = exchange(wire=Wire([b"a", b"b"]))

    async def hand_on():
        return await one.receive(), await one.receive()

    assert [message["body"] for message in asyncio.run(hand_on())] == [b"a", b"b"]


def test_the_request_has_everything_as_it_came():
    one = exchange("PUT", "/a%20b//c?x=1&x=2", [("X-Thing", "v")], b"body")
    request = asyncio.run(one.request())
    assert (request.method, request.raw_path, request.path) == ("PUT", "/a%20b//c", "/a b//c")
    assert request.query == [("x", "1"), ("x", "2")]
    assert (request.headers.get("x-thing"), request.body, request.client) == ("v", b"body", "127.0.0.1")


def test_header_names_keep_the_clients_case():
    raw = scope(headers=[("x-thing", "v")])
    raw[RAW_NAMES] = [b"HOST", b"X-Thing"]
    wire = Wire()
    one = Exchange(raw, wire.receive, wire.send, "r")
    assert one.headers.items == [("HOST", "127.0.0.1:4566"), ("X-Thing", "v")]


@pytest.mark.parametrize(
    ("host", "hostname"),
    [
        ("LocalHost:4566", "localhost"),
        ("localhost.", "localhost"),
        ("localhost.:4566", "localhost"),
        ("[::1]:4566", "[::1]"),
        ("a_b.s3.localhost", "a_b.s3.localhost"),
        ("localhost:80@evil", ""),
        ("a b", ""),
        ("a,b", ""),
        ("localhost:123456", ""),
        (None, ""),
    ],
)
def test_the_hostname(host, hostname):
    assert exchange(host=host).hostname == hostname


@pytest.mark.parametrize(("reads", "closes"), [(False, True), (True, False)])
def test_a_refusal_before_a_body_that_may_never_come_ends_the_connection(reads, closes):
    """Source: RFC 9110, section 10.1.1; boto3 sends the next request on the same connection otherwise."""
    wire = Wire([b"body"])
    one = exchange("PUT", "/b/k", [("Expect", "100-continue")], wire=wire)

    async def refuse():
        if reads:
            await one.body()
        await one.answer(Response(403))

    asyncio.run(refuse())
    assert ((b"Connection", b"close") in wire.sent[0]["headers"]) is closes
