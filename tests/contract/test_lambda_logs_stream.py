"""The live log: lines as they are written, before the call that writes them has ended.

Source: issue 3, part 10; https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from typing import Any

import pytest

from groundcloud.http import Request, StreamedResponse
from groundcloud.runtime import limits
from groundcloud.runtime.log_feed import Line, LogFeed
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import LambdaWorld
from tests.support.gate import Gate

WAITS = """
from urllib.request import urlopen
def handler(event, context):
    print("early")
    urlopen(f"http://127.0.0.1:{event}/").read()
"""


class Follower:
    """Reads one stream of events."""

    def __init__(self, world: LambdaWorld, query: str = "") -> None:
        self._world = world
        [route] = [each for each in world.runtime.routes() if each.path == "/logs/stream"]
        answer = world.run(route.handler(Request("GET", "", query), {}))
        assert isinstance(answer, StreamedResponse)
        assert answer.headers.get("content-type") == "text/event-stream"
        self._chunks = answer.chunks
        self._text = ""
        assert self._next_block() == ": listening"

    def _next_block(self, timeout: float = 60) -> str:
        while "\n\n" not in self._text:
            self._text += self._world.run(anext(self._chunks), timeout).decode()
        block, _, self._text = self._text.partition("\n\n")
        return block

    def event(self) -> tuple[str, Any]:
        name, data = self._next_block().split("\n")
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    def until(self, text: str) -> list[str]:
        """The messages up to the one that begins with `text`."""
        messages: list[str] = []
        while not messages or not messages[-1].startswith(text):
            messages.append(self.event()[1]["message"])
        return messages

    def close(self) -> None:
        self._world.run(self._chunks.aclose())


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("stream"), pure=False)
    yield world
    world.close()


def calling(world: LambdaWorld, name: str, event: Any = None) -> Future[Any]:
    return asyncio.run_coroutine_threadsafe(world.calling(name, event), world.loop)


def test_lines_come_while_the_call_runs(world: LambdaWorld) -> None:
    """Not when the call ends, not when a batch is full."""
    world.deploy("slow", WAITS)
    follower = Follower(world, "function=slow")
    with closing(Gate()) as gate:
        call = calling(world, "slow", gate.port)
        assert follower.until("early")[-1] == "early\n"
        assert not call.done()
        gate.open()
    assert call.result(60).function_error is None
    rest = follower.until("REPORT")
    assert rest[-2].startswith("END")
    follower.close()


def test_what_an_event_says_and_whom_it_reaches(world: LambdaWorld) -> None:
    """The filter is by function; each event names everything else."""
    world.deploy("one", "def handler(event, context): print('from one')")
    world.deploy("two", "def handler(event, context): print('from two')", LoggingConfig={"LogGroup": "/shared"})
    everything, only = Follower(world), Follower(world, "function=two&account=123456789012")
    elsewhere = Follower(world, "account=999999999999")
    world.invoke("one")
    world.invoke("two")
    name, event = only.event()
    assert name == "line"
    assert event["message"].startswith("INIT_START")
    assert (event["function"], event["logGroup"]) == ("two", "/shared")
    assert (event["account"], event["region"]) == (SCOPE.account, SCOPE.region)
    assert "[$LATEST]" in event["logStream"]
    assert event["timestamp"] > 1_600_000_000_000
    assert "from one\n" in everything.until("from two")
    world.deploy("none", "def handler(event, context): pass")
    for follower in (everything, only, elsewhere):
        follower.close()
    assert world.value("one") is None


def test_one_who_is_slow_is_told_what_was_lost() -> None:
    """The cloud's memory is bounded, whoever listens."""

    async def story() -> list[bytes]:
        feed = LogFeed(SCOPE)
        [route] = feed.routes()
        answer = await route.handler(Request("GET", ""), {})
        assert isinstance(answer, StreamedResponse)
        found = [await anext(answer.chunks)]
        for number in range(limits.LOG_FEED_LINES + 5):
            feed.put(Line(SCOPE, "f", "g", "s", number, f"{number}\n"))
        found += [await anext(answer.chunks), await anext(answer.chunks)]
        feed.close()
        found += [chunk async for chunk in answer.chunks]
        assert not feed.is_heard
        return found

    _, lost, lines = asyncio.run(story())
    assert lost == b'event: lost\ndata: {"lines": 5}\n\n'
    assert lines.count(b"event: line") == limits.LOG_FEED_LINES
    assert b'"message": "4\\n"' not in lines
