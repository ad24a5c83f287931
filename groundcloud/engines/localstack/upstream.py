"""The door to LocalStack: HTTP over kept connections, at most so many requests at a time, streaming both ways.

States: made → `open()` → open → `close()`. Whatever keeps LocalStack from answering is an `AwsError` 503
(ServiceUnavailable), which every SDK tries again, and whose message names the address and the way out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.engines.localstack import limits
from groundcloud.engines.localstack.wire import forwarded
from groundcloud.errors import AwsError, GroundcloudError
from groundcloud.http import Headers, Request, Response

_MADE_UP = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that the client library would add; a signature may say that they are not there."""

Body = bytes | AsyncIterator[bytes] | None


class Unreachable(AwsError):
    """Nobody took the connection: nothing was sent."""


class BrokenAnswer(GroundcloudError):
    """LocalStack's answer ended in the middle: the client's connection has to end like that too."""


class Upstream:
    """`connected` is called when a new connection was made: after LocalStack was started again, above all."""

    def __init__(
        self,
        url: str,
        connected: Callable[[], None] = lambda: None,
        requests: int = limits.REQUESTS,
        waiting_seconds: float = limits.WAITING_SECONDS,
    ) -> None:
        self.url = url
        self._connected = connected
        self._turns = asyncio.Semaphore(requests)
        self._waiting_seconds = waiting_seconds
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_create_end.append(self._note_connection)
        self._session = aiohttp.ClientSession(
            # The turns bound the connections.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=limits.KEEP_ALIVE_SECONDS),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=limits.CONNECT_SECONDS, sock_read=limits.READ_SECONDS
            ),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_MADE_UP,
            trace_configs=[tracing],
            trust_env=False,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _note_connection(self, *_: Any) -> None:
        self._connected()

    async def request(self, request: Request) -> Response:
        """One request and its whole answer. Raises `AwsError` ServiceUnavailable."""
        target = request.raw_path + (f"?{request.query_string}" if request.query_string else "")
        async with self._answer(request.method, target, request.headers.items, request.body or None) as answer:
            try:
                body = await answer.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise self._unavailable(error) from error
            return Response(answer.status, Headers(forwarded(_items(answer))), body)

    async def asgi(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a connection through, buffering nothing. Raises `AwsError` before anything was sent, `BrokenAnswer`
        after."""
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += f"?{scope['query_string'].decode('latin-1')}"
        async with self._answer(scope["method"], target, headers, await _body(receive)) as answer:
            raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in forwarded(_items(answer))]
            await send({"type": "http.response.start", "status": answer.status, "headers": raw})
            try:
                async for chunk in answer.content.iter_any():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            except (aiohttp.ClientError, TimeoutError) as error:
                raise BrokenAnswer(f"LocalStack at {self.url} broke off its answer: {error!r}") from error
            await send({"type": "http.response.body", "body": b""})

    @asynccontextmanager
    async def _answer(
        self, method: str, target: str, headers: list[tuple[str, str]], body: Body
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        assert self._session is not None, "open() first"
        async with self._turn():
            try:
                answer = await self._session.request(
                    method,
                    URL(self.url + target, encoded=True),
                    headers=forwarded(headers),
                    data=body,
                    allow_redirects=False,
                )
            except (aiohttp.ClientError, TimeoutError) as error:
                raise self._unavailable(error) from error
            async with answer:
                yield answer

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._waiting_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise AwsError(
                "ServiceUnavailable",
                f"LocalStack at {self.url} is busy with as many requests as it is given at a time, and none of them "
                f"ended within {self._waiting_seconds:g} seconds. Send fewer at once.",
                503,
            ) from None
        try:
            yield
        finally:
            self._turns.release()

    def _unavailable(self, error: Exception) -> AwsError:
        kind = Unreachable if isinstance(error, aiohttp.ClientConnectorError) else AwsError
        return kind(
            "ServiceUnavailable",
            f"LocalStack does not answer at {self.url} ({_reason(error)}). `make down`, then `make up "
            "PROFILE=localstack` starts it again; GROUNDCLOUD_LOCALSTACK_URL names another one.",
            503,
        )


async def _body(receive: Receive) -> Body:
    """The body in one piece if it came in one, else as it comes."""
    first = await receive()
    _check_connected(first)
    if not first.get("more_body", False):
        return first.get("body", b"") or None

    async def pieces() -> AsyncIterator[bytes]:
        message = first
        while True:
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                return
            message = await receive()
            _check_connected(message)

    return pieces()


def _check_connected(message: Message) -> None:
    if message["type"] == "http.disconnect":
        raise AwsError("RequestTimeout", "The client closed the connection before the body was complete", 400)


def _items(answer: aiohttp.ClientResponse) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or str(error.os_error)
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
