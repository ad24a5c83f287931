"""The short way to items: past LocalStack to the DynamoDB Local that it has started, where it would add nothing.

An answer that is no success is thrown away and asked of LocalStack: the operation had no effect, and LocalStack has the
words for it, or knows better (a replica of a global table is in another region).

States: shut → looking → open → shut. It is looked for after LocalStack has answered an operation on items, since that
starts DynamoDB Local, and is open as long as the connection over which LocalStack told of it: what a LocalStack that
was killed leaves running has nobody's tables any more.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.engines.localstack import itemcalls, limits
from groundcloud.engines.localstack.facts import ITEMS
from groundcloud.engines.localstack.upstream import Unreachable, Upstream
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response

log = logging.getLogger(__name__)

LongWay = Callable[[Message, Receive, Send], Awaitable[None]]


class Shortcut:
    """To the items of the LocalStack at `url`. `roots` are names of the default `account`'s keys. `stop()` it at the
    end."""

    def __init__(self, url: str, roots: frozenset[str], account: str) -> None:
        self._url, self._roots, self._account = url, roots, account
        self._upstream: Upstream | None = None
        self._regions: frozenset[str] = frozenset()
        self._looking: asyncio.Task[None] | None = None
        self._not_before = 0.0

    @property
    def is_open(self) -> bool:
        return self._upstream is not None

    async def asgi(self, scope: Message, receive: Receive, send: Send, long_way: LongWay) -> None:
        """Answer a request to DynamoDB, by the short way if it is one for that. Raises `AwsError` ServiceUnavailable
        when that breaks off: whether the operation was done is not known then."""
        call = itemcalls.item_call(scope["headers"], self._roots, self._account)
        if call is None:
            await long_way(scope, receive, send)
            return
        first = await receive()
        is_whole = first["type"] == "http.request" and not first.get("more_body", False)
        answer = await self._answer(call, first.get("body", b"")) if is_whole else None
        if answer is None:
            await long_way(scope, _beginning_with(first, receive), send)
            self._look_soon()
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def looked(self) -> None:
        """Wait until nobody looks for the way any more: it was not there, or is shut."""
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await self.looked()

    async def _answer(self, call: itemcalls.ItemCall, body: bytes) -> Response | None:
        """DynamoDB Local's answer; None when LocalStack has to be asked."""
        if self._upstream is None or call.region not in self._regions or itemcalls.is_checked_by_localstack(call, body):
            return None
        asked = itemcalls.for_dynamodb_local(call.target, call.account, call.region, body)
        try:
            answer = await self._upstream.request(asked)
        except Unreachable:
            self._upstream = None
            return None
        return answer if answer.status < 300 or answer.status >= 500 else None

    def _look_soon(self) -> None:
        """Look for the way, unless it is open, looked for already, or was not there a moment ago."""
        loop = asyncio.get_running_loop()
        is_busy = self._looking is not None and not self._looking.done()
        if is_busy or loop.time() < self._not_before or not self._url.startswith("http://"):
            return
        self._not_before = loop.time() + limits.SHORTCUT_AGAIN_SECONDS
        # It outlives the request, so it is no part of its trace.
        self._looking = loop.create_task(self._look(), context=contextvars.Context())

    async def _look(self) -> None:
        """Find the way, and keep it open until LocalStack ends the connection."""
        parts = urlsplit(self._url)
        proof = secrets.token_hex(16)
        writer: asyncio.StreamWriter | None = None
        upstream: Upstream | None = None
        try:
            async with asyncio.timeout(limits.SHORTCUT_LOOK_SECONDS):
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
                place = await _ask(reader, writer, parts.netloc, proof)
                if "port" not in place:
                    log.info("Items go through LocalStack: %s", place.get("hindrance", "its plugin is an older one"))
                    return
                upstream = Upstream(f"http://{parts.hostname}:{place['port']}")
                await upstream.open()
                await _check(upstream, proof)
            self._regions, self._upstream = frozenset(place["regions"]), upstream
            await reader.read()
        except (AwsError, OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            log.info("Items go through LocalStack: DynamoDB Local cannot be reached past it: %r", error)
        finally:
            self._upstream = None
            if writer is not None:
                writer.close()
            if upstream is not None:
                await upstream.close()


def _beginning_with(first: Message, receive: Receive) -> Receive:
    """A `receive` that gives a message that was received already once more."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, proof: str) -> dict[str, Any]:
    """What LocalStack's plugin says, over a connection that stays open."""
    writer.write(f"POST {ITEMS}?proof={proof} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode("ascii"))
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = Headers([(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)])
    body = await reader.readexactly(int(headers.get("content-length") or ""))
    return dict(json.loads(body)) if status.split()[1] == "200" else {}


async def _check(upstream: Upstream, proof: str) -> None:
    """Delete the table that LocalStack's plugin has made in its DynamoDB Local. Raises `ValueError` if it is not there:
    another machine's port of that number is something else's."""
    target, body = f"{itemcalls.TARGET}DeleteTable", json.dumps({"TableName": proof}).encode()
    answer = await upstream.request(itemcalls.for_dynamodb_local(target, proof, "", body))
    if answer.status != 200:
        raise ValueError(f"what answers at {upstream.url} is not this LocalStack's")
