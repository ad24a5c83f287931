"""The short way to items, between two small servers: one stands for LocalStack with our plugin, one for DynamoDB Local.

Source: groundcloud/engines/localstack/README.md. Over LocalStack itself: tests/systems/test_localstack_items.py.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web

from groundcloud.engines.localstack.shortcut import Shortcut
from groundcloud.errors import AwsError
from tests.support.processes import free_port

ACCOUNT = "111122223333"
DEADLINE_SECONDS = 30


@asynccontextmanager
async def serving(handler: Any, port: int = 0) -> AsyncIterator[int]:
    """A server on this machine; its port. It ends its connections at once."""
    server = web.Server(handler)
    runner = web.ServerRunner(server, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


class DynamoDbLocal:
    """Answers each operation with `status`, and keeps who asked for what."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[tuple[str, str]] = []
        self.proofs: set[str] = set()

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        key = request.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        body = json.loads(await request.read())
        if operation == "DeleteTable":
            is_there = key == body["TableName"] and key in self.proofs
            return web.Response(status=200 if is_there else 400, body=b"{}")
        self.asked.append((operation, key))
        return web.Response(status=self.status, body=b'{"from": "DynamoDB Local"}', headers={"x-amz-crc32": "1"})


class LocalStack:
    """Tells of a DynamoDB Local at `port`; `hindrance` and `is_another` say that it is not to be used."""

    def __init__(self, local: DynamoDbLocal, port: int, hindrance: str = "", *, is_another: bool = False) -> None:
        self._local, self._port, self._hindrance, self._is_another = local, port, hindrance, is_another

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        if request.path != "/_groundcloud/items" or request.method != "POST":
            return web.Response(status=404)
        if self._hindrance:
            return web.json_response({"hindrance": self._hindrance})
        if not self._is_another:
            self._local.proofs.add(request.query["proof"])
        return web.json_response({"port": self._port, "regions": ["us-east-1", "eu-west-1"]})


class Asking:
    """Requests as the edge hands them on; `long` counts those that LocalStack was asked for."""

    def __init__(self, url: str) -> None:
        self.shortcut = Shortcut(url, frozenset({"test"}), ACCOUNT)
        self.long = 0

    async def __call__(self, operation: str = "PutItem", region: str = "us-east-1", pieces: int = 1) -> str:
        """Who answered."""
        credential = f"test/20260101/{region}/dynamodb/aws4_request"
        headers = {
            "x-amz-target": f"DynamoDB_20120810.{operation}",
            "content-type": "application/x-amz-json-1.0",
            "authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00",
        }
        scope = {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
        waiting = [{"type": "http.request", "body": b"{}", "more_body": left > 0} for left in range(pieces)]
        sent: list[Any] = []

        async def receive() -> Any:
            return waiting.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        async def long_way(_scope: Any, receive: Any, send: Any) -> None:
            self.long += 1
            body = b""
            while True:
                message = await receive()
                body += message["body"]
                if not message["more_body"]:
                    break
            assert body == b"{}" * pieces, "LocalStack gets the whole body"
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b'{"from": "LocalStack"}'})

        await self.shortcut.asgi(scope, receive, send, long_way)
        return str(json.loads(b"".join(message.get("body", b"") for message in sent))["from"])

    async def until(self, who: str) -> None:
        """Ask until `who` answers. A connection that ends meanwhile is an error, which SDKs try again."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                with suppress(AwsError):
                    if await self() == who:
                        return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def both(**options: Any) -> AsyncIterator[tuple[Asking, DynamoDbLocal]]:
    local = DynamoDbLocal()
    async with serving(local) as port, serving(LocalStack(local, port, **options)) as front:
        asking = Asking(f"http://127.0.0.1:{front}")
        try:
            yield asking, local
        finally:
            await asking.shortcut.stop()


def test_items_go_past_localstack_once_it_has_told_where() -> None:
    """Source: groundcloud/engines/localstack/README.md, "Items". The key is made of account and region, as LocalStack
    makes it."""

    async def run() -> None:
        async with both() as (asking, local):
            assert await asking() == "LocalStack", "the first one starts DynamoDB Local"
            await asking.until("DynamoDB Local")
            assert local.asked[-1] == ("PutItem", f"{ACCOUNT}useast1")
            assert await asking("GetItem", region="eu-west-1") == "DynamoDB Local"
            assert local.asked[-1] == ("GetItem", f"{ACCOUNT}euwest1")

    asyncio.run(run())


def test_what_is_not_sure_to_be_the_same_goes_through_localstack() -> None:
    """Source: groundcloud/engines/localstack/README.md, "Items": a region that LocalStack takes for another one, a body
    that has not come yet, an operation that LocalStack changes."""

    async def run() -> None:
        async with both() as (asking, _):
            await asking.until("DynamoDB Local")
            assert await asking(region="xx-none-1") == "LocalStack"
            assert await asking(pieces=3) == "LocalStack"
            assert await asking("TransactWriteItems") == "LocalStack"
            assert await asking() == "DynamoDB Local"

    asyncio.run(run())


def test_a_refusal_is_localstacks_to_tell() -> None:
    """Source: groundcloud/engines/localstack/README.md, "Items". What broke is not tried again."""

    async def run() -> None:
        async with both() as (asking, local):
            await asking.until("DynamoDB Local")
            local.status = 400
            assert await asking() == "LocalStack"
            local.status = 500
            assert await asking() == "DynamoDB Local"

    asyncio.run(run())


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"hindrance": "it has an extension"}, id="localstack-wants-to-see-them"),
        pytest.param({"is_another": True}, id="something-else-is-at-the-port"),
    ],
)
def test_a_way_that_is_not_sure_is_not_taken(options: dict[str, Any]) -> None:
    """Source: groundcloud/engines/localstack/README.md, "Items"."""

    async def run() -> None:
        async with both(**options) as (asking, local):
            for _ in range(3):
                assert await asking() == "LocalStack"
                await asking.shortcut.looked()
            assert local.asked == []

    asyncio.run(run())


def test_the_way_is_shut_when_localstack_ends() -> None:
    """Source: groundcloud/engines/localstack/README.md, "Items": a DynamoDB Local that a killed LocalStack has left
    behind has nobody's tables."""

    async def run() -> None:
        local = DynamoDbLocal()
        async with serving(local) as port:
            async with serving(LocalStack(local, port)) as front:
                asking = Asking(f"http://127.0.0.1:{front}")
                await asking.until("DynamoDB Local")
            await asking.until("LocalStack")
            await asking.shortcut.looked()
            assert await asking() == "LocalStack"
            await asking.shortcut.stop()

    asyncio.run(run())


def test_a_dynamodb_local_that_is_gone_is_asked_for_no_more() -> None:
    """Source: groundcloud/engines/localstack/README.md, "Items": nothing was sent, so LocalStack is asked instead."""

    async def run() -> None:
        local, port = DynamoDbLocal(), free_port()
        async with serving(LocalStack(local, port)) as front:
            asking = Asking(f"http://127.0.0.1:{front}")
            async with serving(local, port):
                await asking.until("DynamoDB Local")
            await asking.until("LocalStack")
            assert not asking.shortcut.is_open
            await asking.shortcut.stop()

    asyncio.run(run())
