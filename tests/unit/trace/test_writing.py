"""From a span to the file: the inbox's bounds, the writer's thread, server-sent events."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from groundcloud.http import Request, StreamedResponse
from groundcloud.spans import Span, new_trace_id, parent_of, root_of, sampled_of
from groundcloud.trace import Bounds, Traces, off_routes, store
from groundcloud.trace.inbox import Inbox
from groundcloud.trace.limits import BATCH_ITEMS, HURRY_BYTES, HURRY_ITEMS, ITEM_BYTES
from groundcloud.trace.store import Store

HEADER = "Root=1-67412345-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"


def test_the_header() -> None:
    assert (root_of(HEADER), parent_of(HEADER)) == ("1-67412345-0123456789abcdef01234567", "0123456789abcdef")
    assert sampled_of(HEADER) == "1" and sampled_of("Root=x") == "0"
    assert (root_of("Parent=0123456789ABCDEF;" + HEADER[:40]), parent_of("Parent=0123456789ABCDEF;x")) == (
        "1-67412345-0123456789abcdef01234567",
        "0123456789abcdef",
    )
    assert root_of("Self=1;Root=nonsense") == parent_of(None) == ""


def span(inbox: Inbox, body: bytes = b"{}", **given: Any) -> Span:
    now = time.time()
    made = Span(inbox, new_trace_id(now), "", now, time.perf_counter())
    made.method, made.url, made.status = "POST", "/", 200
    made.received(body)
    for name, value in given.items():
        setattr(made, name, value)
    return made


def test_what_is_handed_on_is_known_for_a_while() -> None:
    inbox = Inbox(1_000_000, time.time)
    made = span(inbox)
    assert not inbox.knows(made.id)
    assert parent_of(made.header) == made.id and inbox.knows(made.id)
    for _ in range(20_001):
        inbox.handed_on(str(time.perf_counter_ns()))
    assert not inbox.knows(made.id)


def test_a_full_inbox_loses_and_counts() -> None:
    inbox = Inbox(10_000, time.time)
    for _ in range(5):
        inbox.span(span(inbox, b"x" * 2000))
    assert (len(inbox), inbox.lost) == (2, 3)
    inbox.line(span(inbox), "y" * 9000, None)
    assert inbox.lost == 4
    assert isinstance(inbox.take(), Span) and isinstance(inbox.take(), Span) and inbox.take() is None
    assert inbox.waiting_bytes == 0
    inbox.span(span(inbox))
    assert len(inbox) == 1


def test_what_waits_is_passed_over_where_it_is_not_wanted_any_more() -> None:
    inbox = Inbox(10**6, time.time)
    later = span(inbox)

    def read() -> None: ...

    def clear() -> None: ...

    inbox.span(span(inbox))
    inbox.ask(read)
    inbox.line(span(inbox), "x", None)
    inbox.ask_instead(clear)
    inbox.span(later)
    assert [inbox.take() for _ in range(4)] == [read, clear, later, None]
    assert (inbox.waiting_bytes, inbox.lost) == (0, 0)


def test_a_reset_writes_nothing_of_what_waits(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as traces:
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            await traces.reset()
            later = span(traces.sink)  # type: ignore[arg-type]
            traces.sink.span(later)
            _, listed = await asked(traces, "/traces")
            assert [one["traceId"] for one in listed["traces"]] == [later.trace]

    asyncio.run(story())


def test_it_presses_when_much_waits() -> None:
    by_number, by_bytes = Inbox(10**9, time.time), Inbox(10**9, time.time)
    for _ in range(HURRY_ITEMS):
        assert not by_number.presses
        by_number.line(span(by_number), "x", None)
    assert by_number.presses
    for _ in range(HURRY_BYTES // (60_000 + ITEM_BYTES) + 1):
        assert not by_bytes.presses
        by_bytes.span(span(by_bytes, b"x" * 60_000))
    assert by_bytes.presses and len(by_bytes) < HURRY_ITEMS


def test_more_than_one_batch_is_written_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, bounds=Bounds(10_000, 10**8, 3600.0)) as traces:
            made = [span(traces.sink) for _ in range(BATCH_ITEMS + 7)]  # type: ignore[arg-type]
            for one in made:
                traces.sink.span(one)
            _, stats = await asked(traces, "/traces/stats")
            assert (stats["spans"], stats["waiting"]) == (len(made), {"items": 0, "bytes": 0})

    asyncio.run(story())


def test_only_the_head_of_what_is_long_is_held() -> None:
    inbox = Inbox(1_000_000, time.time)
    one = span(inbox, b"x" * 100_000)
    assert (one.request_size, sum(map(len, one.request_chunks or []))) == (100_000, 4096)
    several = span(inbox, b"x" * 60_000)
    several.received(b"y" * 60_000)
    assert (several.request_size, sum(map(len, several.request_chunks or []))) == (120_000, 60_000)


@asynccontextmanager
async def running(folder: Path, **options: Any) -> AsyncIterator[Traces]:
    bounds = options.pop("bounds", Bounds(1000, 10**8, 3600.0))
    traces = Traces(folder / "traces.sqlite", bounds, 10**7, lambda _: {}, time.time, **options)
    await traces.start()
    try:
        yield traces
    finally:
        traces.end_streams()
        await traces.stop()


async def asked(traces: Traces, path: str, query: str = "", **names: str) -> tuple[int, Any]:
    route = next(each for each in traces.routes() if each.method == "GET" and each.path == path)
    answer = await route.handler(Request("GET", path, query), names)
    return answer.status, json.loads(answer.body)


def test_a_span_is_there_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as traces:
            made = span(traces.sink)  # type: ignore[arg-type]
            traces.sink.span(made)
            traces.sink.line(made, "hello password=hunter22\n", None)
            status, one = await asked(traces, "/traces/{traceId}", traceId=made.trace)
            assert status == 200 and one["spans"][0]["spanId"] == made.id
            assert one["logs"][0]["message"] == "hello password=•••"
        async with running(tmp_path) as traces:
            _, listed = await asked(traces, "/traces")
            assert [each["traceId"] for each in listed["traces"]] == [made.trace]
            status, missing = await asked(traces, "/traces/{traceId}", traceId="1-0")
            assert status == 404 and "1-0" in missing["message"]
            assert (await asked(traces, "/traces", "status=bad"))[0] == 400

    asyncio.run(story())


def test_lines_are_shown_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    """What a client stamps itself is of the millisecond before."""

    async def story() -> None:
        async with running(tmp_path) as traces:
            made = span(traces.sink)  # type: ignore[arg-type]
            traces.sink.line(made, "printed\n", None)
            traces.sink.line(made, "stamped\n", int(made.started * 1000) - 1)
            traces.sink.span(made)
            _, one = await asked(traces, "/traces/{traceId}", traceId=made.trace)
            assert [line["message"] for line in one["logs"]] == ["printed", "stamped"]

    asyncio.run(story())


def test_a_file_that_cannot_be_written_ends_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    async def story() -> None:
        async with running(tmp_path, bounds=Bounds(1, 10**8, 3600.0)) as traces:
            monkeypatch.setattr(Store, "prune", full)
            monkeypatch.setattr(Store, "clear", full)
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            assert (await asked(traces, "/traces/stats"))[1]["spans"] == 2
            with pytest.raises(sqlite3.OperationalError, match="full"):
                await traces.reset()
            assert (await asked(traces, "/traces/stats"))[1]["spans"] == 2

    asyncio.run(story())


def test_a_reset_begins_another_file(tmp_path: Path) -> None:
    """However much was kept, and read just now: nothing of it is read, and the disk has its room again."""
    file = tmp_path / "traces.sqlite"

    async def story() -> None:
        async with running(tmp_path) as traces:
            for _ in range(2):
                made = [span(traces.sink, os.urandom(4000).hex().encode()) for _ in range(100)]  # type: ignore[arg-type]
                for one in made:
                    traces.sink.span(one)
                assert (await asked(traces, "/traces/stats"))[1]["spans"] == len(made)
                before = size_of(file)
                await traces.reset()
                assert size_of(file) < before / 2
                _, stats = await asked(traces, "/traces/stats")
                assert (stats["spans"], stats["logLines"]) == (0, 0)

    asyncio.run(story())


def size_of(file: Path) -> int:
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*") if not each.name.endswith("-shm"))


def test_a_file_that_cannot_be_removed_is_kept_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> None:
        raise PermissionError("not yours")

    async def story() -> None:
        async with running(tmp_path) as traces:
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            await asked(traces, "/traces/stats")
            with monkeypatch.context() as patch:
                patch.setattr(store, "remove", refused)
                with pytest.raises(PermissionError, match="not yours"):
                    await traces.reset()
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            assert (await asked(traces, "/traces/stats"))[1]["spans"] == 2

    asyncio.run(story())


def test_without_keeping_nothing_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, keep=False) as traces:
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            assert (await asked(traces, "/traces/stats"))[1]["spans"] == 1
        assert list(tmp_path.iterdir()) == []

    asyncio.run(story())


def test_what_is_too_much_is_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, bounds=Bounds(100, 10**8, 3600.0)) as traces:
            for _ in range(300):
                traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            await asked(traces, "/traces")
            # What was written is counted before anything is asked again.
            _, stats = await asked(traces, "/traces/stats")
            assert stats["spans"] == 100 and stats["lost"] == 0

    asyncio.run(story())


def test_a_span_that_cannot_be_read_costs_nothing_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as traces:
            traces.sink.span(span(traces.sink, decisions=["no decision"]))  # type: ignore[arg-type]
            traces.sink.span(span(traces.sink))  # type: ignore[arg-type]
            _, stats = await asked(traces, "/traces/stats")
            assert (stats["spans"], stats["lost"]) == (1, 1)

    asyncio.run(story())


def test_who_listens_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as traces:
            route = next(each for each in traces.routes() if each.path == "/traces/stream")
            answer = await route.handler(Request("GET", "/traces/stream"), {})
            assert isinstance(answer, StreamedResponse)
            assert await anext(answer.chunks) == b": listening\n\n"
            made = span(traces.sink)  # type: ignore[arg-type]
            traces.sink.span(made)
            event = (await asyncio.wait_for(anext(answer.chunks), 30)).decode()
            assert event.startswith("event: trace\ndata: ")
            assert json.loads(event.partition("data: ")[2])["traceId"] == made.trace
            await answer.chunks.aclose()

    asyncio.run(story())


def test_switched_off_every_route_says_so() -> None:
    async def story() -> None:
        for route in off_routes():
            answer = await route.handler(Request(route.method, route.path), {"traceId": "1-0"})
            assert answer.status == 404 and b"GROUNDCLOUD_TRACES" in answer.body

    asyncio.run(story())


def test_the_routes_are_the_same_switched_on_and_off(tmp_path: Path) -> None:
    traces = Traces(tmp_path / "t.sqlite", Bounds(1, 1, 1.0), 1, lambda _: {}, time.time)
    assert {(each.method, each.path) for each in traces.routes()} == {(each.method, each.path) for each in off_routes()}
