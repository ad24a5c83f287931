"""What our own parts measure is put once a minute, or when somebody looks, and says the same then."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.metrics import Metrics
from groundcloud.metrics.condensed import condensed
from groundcloud.ports import Scope, Scopes
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE, FakeEngine

MINUTE = 1_795_253_400.0
OTHER = Scope("210987654321", "us-east-1")


class OneScope(Scopes):
    def known(self) -> list[Scope]:
        return [SCOPE]


class World:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.clock = FakeClock(MINUTE)
        self.metrics = Metrics(self.engine, self.engine.changes, OneScope(), self.clock)

    async def measure(self, values: dict[float, float], *, scope: Scope = SCOPE, **more: Any) -> None:
        datum = {
            "MetricName": "Duration",
            "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
            "Unit": "Milliseconds",
            "Values": list(values),
            "Counts": list(values.values()),
            **more,
        }
        params = {"Namespace": "AWS/Lambda", "MetricData": [datum]}
        await self.metrics.engine.call("cloudwatch", "PutMetricData", params, scope=scope)

    @property
    def put(self) -> list[dict[float, float]]:
        calls = self.engine.asked("cloudwatch", "PutMetricData")
        return [dict(zip(one["Values"], one["Counts"], strict=True)) for call in calls for one in call["MetricData"]]

    @property
    def times(self) -> list[float]:
        calls = self.engine.asked("cloudwatch", "PutMetricData")
        return [one["Timestamp"].timestamp() for call in calls for one in call["MetricData"]]


def test_a_minute_is_one_datum_put_when_somebody_looks() -> None:
    async def test() -> None:
        world = World()
        await world.measure({1.5: 2, 3.0: 1})
        world.clock.pass_seconds(20)
        await world.measure({1.5: 1})
        assert world.put == []
        await world.metrics.flush()
        assert (world.put, world.times) == ([{1.5: 3.0, 3.0: 1.0}], [MINUTE + 20])
        await world.metrics.flush()
        assert len(world.put) == 1

    asyncio.run(test())


def test_the_next_minute_puts_the_one_before() -> None:
    async def test() -> None:
        world = World()
        await world.measure({1.0: 1}, Timestamp=MINUTE + 59.5)
        await world.measure({2.0: 1}, Timestamp=MINUTE + 60.5)
        await world.measure({4.0: 1}, Timestamp=MINUTE + 61)
        assert (world.put[:1], world.times[:1]) == ([{1.0: 1.0}], [MINUTE + 59.5])
        await world.metrics.stop()
        counted = Counter[float]()
        for one in world.put:
            counted.update(one)
        assert counted == {1.0: 1.0, 2.0: 1.0, 4.0: 1.0}

    asyncio.run(test())


def test_what_was_forgotten_is_not_put() -> None:
    async def test() -> None:
        world = World()
        await world.measure({1.0: 1})
        await world.measure({2.0: 1}, scope=OTHER)
        await world.metrics.reset_account(SCOPE.account)
        await world.metrics.flush()
        assert world.put == [{2.0: 1.0}]
        await world.measure({3.0: 1})
        await world.metrics.reset()
        await world.metrics.flush()
        assert world.put == [{2.0: 1.0}]

    asyncio.run(test())


def test_who_looks_does_not_see_that_metrics_could_not_be_put() -> None:
    async def test() -> None:
        world = World()

        def refuse(params: dict[str, Any], scope: Scope) -> None:
            raise AwsError("InternalFailure", "no metrics today", 500)

        world.engine.on("cloudwatch", "PutMetricData", refuse)
        await world.measure({1.0: 1})
        await world.metrics.flush()

    asyncio.run(test())


@pytest.mark.parametrize("most", [4, 20, 100])
def test_many_values_become_few_that_say_the_same(most: int) -> None:
    values = {2.0 + 1.003**number: 1.0 + number % 3 for number in range(2000)} | {0.0: 5.0, 9000.25: 1.0}
    few = condensed(values, most)
    assert len(few) <= most
    assert (min(few), max(few)) == (0.0, 9000.25)
    assert few[0.0] == 5.0 and few[9000.25] == 1.0
    assert sum(few.values()) == sum(values.values())
    total = sum(value * count for value, count in values.items())
    assert sum(value * count for value, count in few.items()) == pytest.approx(total)


def test_percentiles_stay_where_they_were() -> None:
    values = {round(2 + number * 0.01, 2): 1.0 for number in range(300)} | {50.0: 3.0, 51.0: 1.0}
    few = condensed(values, 100)
    assert [round(value, 3) for value in _ranked(few, (0.5, 0.9, 0.99))] == pytest.approx(
        _ranked(values, (0.5, 0.9, 0.99)), rel=0.02
    )


def test_few_values_stay_as_they_are() -> None:
    assert condensed({0.0: 3.0, 1.0: 2.0}, 100) == {0.0: 3.0, 1.0: 2.0}
    assert condensed({}, 100) == {}


def _ranked(values: dict[float, float], ranks: tuple[float, ...]) -> list[float]:
    every = [value for value, count in sorted(values.items()) for _ in range(int(count))]
    return [every[int(rank * len(every))] for rank in ranks]
