"""The door to LocalStack, against a small server of our own: bodies both ways, and what becomes of it when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from groundcloud.engines.localstack.upstream import BrokenAnswer, Upstream
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from tests.support.processes import free_port

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def door(serve: Serve, **options: Any) -> AsyncIterator[Upstream]:
    writers: list[asyncio.StreamWriter] = []

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    upstream = Upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", **options)
    await upstream.open()
    try:
        yield upstream
    finally:
        await upstream.close()
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


async def head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def test_a_request_goes_on_as_it_is() -> None:
    """Source: RFC 9110, section 7.6.1: all but the headers of the connection. Kept: case, order, the raw path."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            seen.append(await head(reader))
            writer.write(b"HTTP/1.1 200 OK\r\nX-Amz-Id: 1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok")

    async def run() -> None:
        connections: list[int] = []
        async with door(serve, connected=lambda: connections.append(1)) as upstream:
            headers = Headers([("Host", "b.s3.localhost"), ("X-Amz-Date", "1"), ("Connection", "close")])
            for _ in range(2):
                answer = await upstream.request(Request("GET", "/a%2Fb//../c", "x=1&y", headers))
            assert (answer.status, answer.body) == (200, b"ok")
            assert answer.headers.get("content-encoding") == "gzip"
            assert len(connections) == 1, "the second request used the first one's connection"

    asyncio.run(run())
    lines = seen[0].decode().splitlines()
    assert lines[0] == "GET /a%2Fb//../c?x=1&y HTTP/1.1"
    assert [line for line in lines[1:] if line] == ["Host: b.s3.localhost", "X-Amz-Date: 1"]


def _scope(method: str = "PUT", **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "raw_path": b"/b/k", "query_string": b"", "headers": pairs}


def test_bodies_are_streamed_both_ways() -> None:
    """Source: RFC 9112, section 7.1. Each piece has arrived before the next one is sent."""
    halves = asyncio.Queue[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        assert await reader.readexactly(3) == b"one"
        halves.put_nowait("sent")
        assert await reader.readexactly(3) == b"two"
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await halves.get()
        writer.write(b"3\r\ndef\r\n0\r\n\r\n")

    async def run() -> None:
        pieces = [{"body": b"one", "more_body": True}, {"body": b"two", "more_body": False}]
        got: list[dict[str, Any]] = []

        async def receive() -> Any:
            if len(pieces) == 1:
                assert await halves.get() == "sent"
            return {"type": "http.request", **pieces.pop(0)}

        async def send(message: Any) -> None:
            got.append(message)
            if message.get("body") == b"abc":
                halves.put_nowait("received")

        async with door(serve) as upstream:
            await upstream.asgi(_scope(content_length="6"), receive, send)
        assert got[0]["status"] == 200
        assert b"".join(message.get("body", b"") for message in got) == b"abcdef"
        assert not got[-1].get("more_body")

    asyncio.run(run())


async def _nothing(*_: Any) -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_an_answer_that_breaks_off_breaks_off() -> None:
    """Source: RFC 9112, section 8: an incomplete answer must not look complete."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await writer.drain()
        writer.close()

    async def run() -> None:
        async with door(serve) as upstream:
            with pytest.raises(BrokenAnswer):
                await upstream.asgi(_scope("GET"), _nothing, _nothing)
            with pytest.raises(AwsError, match="does not answer"):
                await upstream.request(Request("GET", "/"))

    asyncio.run(run())


def test_nobody_there_is_an_error_that_names_the_way_out() -> None:
    """Source: docs/profiles.md; AWS's code for it: …/CommonErrors.html, ServiceUnavailable."""

    async def run() -> AwsError:
        upstream = Upstream(f"http://127.0.0.1:{free_port()}")
        await upstream.open()
        try:
            with pytest.raises(AwsError) as refused:
                await upstream.request(Request("GET", "/"))
        finally:
            await upstream.close()
        return refused.value

    error = asyncio.run(run())
    assert (error.code, error.status) == ("ServiceUnavailable", 503)
    assert "does not answer at http://127.0.0.1:" in error.message
    assert "make up PROFILE=localstack" in error.message


def test_more_than_localstack_is_given_waits_and_is_refused() -> None:
    """Source: groundcloud/engines/localstack/limits.py."""

    async def run() -> None:
        free = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await head(reader)
            await free.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async with door(serve, requests=1, waiting_seconds=0.05) as upstream:
            first = asyncio.ensure_future(upstream.request(Request("GET", "/")))
            await asyncio.sleep(0)
            with pytest.raises(AwsError, match="busy with as many requests") as refused:
                await upstream.request(Request("GET", "/"))
            assert refused.value.status == 503
            free.set()
            assert (await first).status == 200
            assert (await upstream.request(Request("GET", "/"))).status == 200

    asyncio.run(run())
