"""Batches of log events and metrics."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from groundcloud.clock import SystemClock
from groundcloud.runtime import limits
from groundcloud.runtime.log_feed import LogFeed
from groundcloud.runtime.logs import LogWriter, batches
from groundcloud.runtime.metrics import MetricWriter, Tally
from tests.fakes.fake_engine import SCOPE, FakeEngine


def test_batches_keep_order_and_limits() -> None:
    events = [(n, "x" * 1000) for n in range(12_000)]
    cut = list(batches(events))
    assert [event for batch in cut for event in batch] == events
    assert all(sum(len(text) + 26 for _, text in batch) <= limits.LOG_BATCH_BYTES <= 1_048_576 for batch in cut)
    most = limits.LOG_BATCH_EVENTS
    assert most <= 10_000
    assert [len(batch) for batch in batches([(0, "")] * (most + 1))] == [most, 1]
    assert list(batches([])) == []


def test_times_never_go_back() -> None:
    engine = FakeEngine()

    async def write() -> None:
        writer = LogWriter(engine, SystemClock(), LogFeed(SCOPE))
        stream = writer.stream(SCOPE, "g", "s")
        for moment in (5, 3, 9):
            stream.write(str(moment), moment)
        await writer.flush()

    asyncio.run(write())
    assert [(event["timestamp"], event["message"]) for event in engine.log_events["g", "s"]] == [
        (5, "5"),
        (5, "3"),
        (9, "9"),
    ]


def test_a_flood_is_bounded_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOG_PENDING_EVENTS", 3)
    engine = FakeEngine()

    async def write() -> None:
        writer = LogWriter(engine, SystemClock(), LogFeed(SCOPE))
        stream = writer.stream(SCOPE, "g", "s")
        for n in range(10):
            stream.write(str(n))
        await writer.flush()
        stream.write("later")
        await writer.flush()

    asyncio.run(write())
    assert engine.messages("g") == ["0", "1", "2", "[7 log lines were dropped: too many at once]\n", "later"]


def test_who_waits_for_the_lines_of_a_flood_gets_them_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOG_OTHERS_SHARE", 1e9)
    engine = FakeEngine()

    async def write() -> None:
        writer = LogWriter(engine, SystemClock(), LogFeed(SCOPE))
        stream = writer.stream(SCOPE, "g", "s")
        for n in range(3 * limits.LOG_BATCH_EVENTS):
            stream.write(str(n))
        async with asyncio.timeout(30):
            await writer.flush()

    asyncio.run(write())
    assert len(engine.messages("g")) == 3 * limits.LOG_BATCH_EVENTS


def test_a_group_is_made_for_the_first_stream_only_and_again_when_it_was_deleted() -> None:
    engine = FakeEngine()

    async def write() -> None:
        writer = LogWriter(engine, SystemClock(), LogFeed(SCOPE))
        for name in ("one", "two"):
            writer.stream(SCOPE, "g", name).write(name)
            await writer.flush()
        engine.forget_log_group("g")
        last = writer.stream(SCOPE, "g", "three")
        last.write("three")
        await writer.flush()
        engine.forget_log_group("g")
        last.write("four")
        await writer.flush()

    asyncio.run(write())
    assert engine.messages("g") == ["four"]
    assert len(engine.asked("logs", "CreateLogGroup")) == 3


def test_lines_that_were_to_come_soon_are_there_after_a_flush() -> None:
    engine = FakeEngine()

    async def write() -> None:
        writer = LogWriter(engine, SystemClock(), LogFeed(SCOPE))
        stream = writer.stream(SCOPE, "g", "s")
        stream.soon(lambda: stream.write("soon"))
        stream.write("now")
        await writer.flush()

    asyncio.run(write())
    assert engine.messages("g") == ["now", "soon"]


def test_metric_data() -> None:
    tally = Tally(invocations=3, errors=1, throttles=2, concurrency=2, durations=Counter({1.5: 2, 9.0: 1}))
    data = {datum["MetricName"]: dict(zip(datum["Values"], datum["Counts"], strict=True)) for datum in tally.data("f")}
    assert data == {
        "Throttles": {1.0: 2.0, 0.0: 3.0},
        "Invocations": {1.0: 3.0},
        "Errors": {1.0: 1.0, 0.0: 2.0},
        "ConcurrentExecutions": {2.0: 1.0},
        "Duration": {1.5: 2.0, 9.0: 1.0},
    }
    assert [datum["MetricName"] for datum in Tally(throttles=1).data("f")] == ["Throttles"]


def test_metric_data_is_cut_at_150_values() -> None:
    tally = Tally(invocations=301, durations=Counter({float(n): 1 for n in range(301)}))
    sizes = [len(datum["Values"]) for datum in tally.data("f") if datum["MetricName"] == "Duration"]
    assert sizes == [150, 150, 1]


def test_calls_are_counted_while_they_run_together() -> None:
    engine = FakeEngine()
    writer = MetricWriter(engine)
    with writer.running(SCOPE, "f", "f:live"):
        with writer.running(SCOPE, "f", ""):
            writer.invoked(SCOPE, "f", duration=1.234, error=False)
        writer.invoked(SCOPE, "f", duration=1.234, error=True, resource="f:live")
    with writer.running(SCOPE, "f", ""):
        writer.invoked(SCOPE, "f", duration=5.0, error=False)
    asyncio.run(writer.flush())
    found = {
        (*(dimension["Value"] for dimension in datum["Dimensions"]), datum["MetricName"]): dict(
            zip(datum["Values"], datum["Counts"], strict=True)
        )
        for params in engine.asked("cloudwatch", "PutMetricData")
        for datum in params["MetricData"]
    }
    assert found["f", "ConcurrentExecutions"] == {2.0: 1.0}
    assert found["f", "f:live", "ConcurrentExecutions"] == {1.0: 1.0}
    assert found["f", "Duration"] == {1.23: 2.0, 5.0: 1.0}
    assert found["f", "Errors"] == {1.0: 1.0, 0.0: 2.0}
