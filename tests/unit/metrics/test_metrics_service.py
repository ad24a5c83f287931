"""Log events become metrics, metrics move alarms, on an engine that is scripted."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.metrics import Metrics
from groundcloud.metrics.watch import AlarmWatch
from groundcloud.ports import Scope, Scopes
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE, FakeEngine

MINUTE = 1_795_253_400


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that is a coroutine."""

    @functools.wraps(test)
    def wrapper() -> None:
        asyncio.run(test())

    return wrapper


ERRORS = {
    "filterName": "errors",
    "logGroupName": "/todo",
    "filterPattern": "ERROR",
    "metricTransformations": [
        {"metricNamespace": "Todo", "metricName": "Errors", "metricValue": "1", "defaultValue": 0.0}
    ],
}


class OneScope(Scopes):
    def known(self):
        return [SCOPE]


class World:
    """A `Metrics` in front of a scripted engine."""

    def __init__(self, *filters: dict[str, Any]) -> None:
        self.filters = list(filters)
        self.engine = FakeEngine()
        self.engine.on("logs", "DescribeMetricFilters", lambda params, scope: {"metricFilters": self.filters})
        self.engine.on("logs", "PutLogEvents", lambda params, scope: {})
        self.clock = FakeClock()
        self.metrics = Metrics(self.engine, self.engine.changes, OneScope(), self.clock)

    async def log(self, *messages: str, at: float = MINUTE, group: str = "/todo") -> None:
        events = [{"timestamp": int(at * 1000), "message": message} for message in messages]
        params = {"logGroupName": group, "logStreamName": "s", "logEvents": events}
        await self.metrics.engine.call("logs", "PutLogEvents", params, scope=SCOPE)

    @property
    def data(self) -> list[dict[str, Any]]:
        return [datum for call in self.engine.asked("cloudwatch", "PutMetricData") for datum in call["MetricData"]]


def values_of(data):
    return [dict(zip(datum["Values"], datum["Counts"], strict=True)) for datum in data]


@run
async def test_matching_events_are_counted_in_their_minute():
    world = World(ERRORS)
    await world.log("ERROR one", "INFO", "ERROR two", at=MINUTE + 59)
    (call,) = world.engine.asked("cloudwatch", "PutMetricData")
    assert call == {
        "Namespace": "Todo",
        "MetricData": [
            {
                "MetricName": "Errors",
                "Dimensions": [],
                "Timestamp": datetime.fromtimestamp(MINUTE, UTC),
                "Unit": "None",
                "Values": [1.0],
                "Counts": [2.0],
            }
        ],
    }


@run
async def test_a_minute_without_a_match_is_worth_the_default_value_once():
    world = World(ERRORS)
    await world.log("INFO", "INFO")
    await world.log("INFO", at=MINUTE + 30)
    await world.log("INFO", at=MINUTE + 60)
    assert values_of(world.data) == [{0.0: 1.0}, {0.0: 1.0}]
    await world.log("ERROR", at=MINUTE + 120)
    await world.log("INFO", at=MINUTE + 121)
    assert values_of(world.data)[2:] == [{1.0: 1.0}]


@run
async def test_other_groups_and_filters_without_default_cost_nothing():
    bare = ERRORS | {"metricTransformations": [{"metricNamespace": "n", "metricName": "m", "metricValue": "1"}]}
    world = World(bare)
    await world.log("ERROR", group="/other")
    await world.log("INFO")
    assert world.data == []
    assert len(world.engine.asked("logs", "DescribeMetricFilters")) == 1


@run
async def test_values_and_dimensions_come_from_the_event():
    transformation = {
        "metricNamespace": "Web", "metricName": "Latency", "metricValue": "$.ms", "unit": "Milliseconds",
        "dimensions": {"Path": "$.path"},
    }  # fmt: skip
    world = World(ERRORS | {"filterPattern": "{ $.ms = * }", "metricTransformations": [transformation]})
    await world.log('{"ms": 12.5, "path": "/a"}', '{"ms": 7, "path": "/b"}', '{"ms": 1}', '{"ms": "x", "path": "/"}')
    found = [(datum["Dimensions"], datum["Values"], datum["Unit"]) for datum in world.data]
    assert found == [
        ([{"Name": "Path", "Value": "/a"}], [12.5], "Milliseconds"),
        ([{"Name": "Path", "Value": "/b"}], [7.0], "Milliseconds"),
    ]


@run
async def test_many_values_are_cut_into_what_cloudwatch_takes():
    transformation = {"metricNamespace": "n", "metricName": "m", "metricValue": "$.v"}
    world = World(ERRORS | {"filterPattern": "{ $.v = * }", "metricTransformations": [transformation]})
    await world.log(*(json.dumps({"v": value}) for value in range(400)))
    assert [len(datum["Values"]) for datum in world.data] == [150, 150, 100]


@run
async def test_a_new_filter_is_seen_when_cloudwatch_logs_changed():
    world = World()
    await world.log("ERROR")
    world.filters.append(ERRORS)
    await world.log("ERROR")
    assert world.data == []
    world.engine.changes.bump("logs")
    await world.log("ERROR")
    assert values_of(world.data) == [{1.0: 1.0}]


@run
async def test_a_filter_that_cannot_be_read_leaves_the_others_alone():
    world = World(ERRORS | {"filterName": "bad", "filterPattern": "{ nonsense"}, ERRORS)
    await world.log("ERROR")
    assert values_of(world.data) == [{1.0: 1.0}]


@run
async def test_trouble_with_metrics_does_not_reach_who_logs():
    world = World(ERRORS)

    def refuse(params, scope):
        raise AwsError("InternalFailure", "no metrics today", 500)

    world.engine.on("cloudwatch", "PutMetricData", refuse)
    await world.log("ERROR")


def request(body: dict[str, Any]) -> Request:
    return Request("POST", "/", body=json.dumps(body).encode())


@run
async def test_bad_patterns_are_refused_as_aws_refuses_them():
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html"""
    world = World()
    with pytest.raises(AwsError) as refused:
        await world.metrics.handle("PutMetricFilter", request({"filterPattern": "{ $.level = "}), SCOPE)
    assert refused.value.code == "InvalidParameterException"
    assert await world.metrics.handle("PutMetricFilter", request({"filterPattern": "ERROR"}), SCOPE) is None
    assert await world.metrics.handle("DescribeLogGroups", request({}), SCOPE) is None


async def nothing(scope: Scope) -> None:
    """No metrics wait."""


ALARM = {
    "AlarmName": "errors", "Namespace": "Todo", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching", "StateValue": "OK", "Dimensions": [],
}  # fmt: skip


class AlarmWorld:
    """An alarm, what its metric was, and what became of it."""

    def __init__(self, *alarms: dict[str, Any]) -> None:
        self.engine = FakeEngine()
        self.clock = FakeClock(MINUTE + 30.0)
        self.datapoints: list[dict[str, Any]] = []
        pages = {None: alarms[:1], "more": alarms[1:]}
        self.engine.on(
            "cloudwatch",
            "DescribeAlarms",
            lambda params, scope: {
                "MetricAlarms": list(pages[params.get("NextToken")]),
                **({"NextToken": "more"} if alarms[1:] and "NextToken" not in params else {}),
            },
        )
        self.engine.on("cloudwatch", "GetMetricStatistics", lambda params, scope: {"Datapoints": self.datapoints})
        self.engine.on("cloudwatch", "SetAlarmState", lambda params, scope: {})
        self.flushed: list[Scope] = []
        self.watch = AlarmWatch(self.engine, self.engine.changes, OneScope(), self.clock, self.flush)

    async def flush(self, scope: Scope) -> None:
        self.flushed.append(scope)

    async def moved(self) -> list[tuple[str, str]]:
        await self.watch.look(SCOPE)
        return [(call["AlarmName"], call["StateValue"]) for call in self.engine.asked("cloudwatch", "SetAlarmState")]


@run
async def test_alarms_are_moved_by_their_metric():
    world = AlarmWorld(ALARM, ALARM | {"AlarmName": "second", "Threshold": 5.0, "StateValue": "INSUFFICIENT_DATA"})
    world.datapoints = [{"Timestamp": datetime.fromtimestamp(MINUTE, UTC), "Sum": 2.0}]
    assert await world.moved() == [("errors", "ALARM"), ("second", "OK")]
    assert world.flushed == [SCOPE]
    asked = world.engine.asked("cloudwatch", "GetMetricStatistics")[0]
    assert (asked["Statistics"], asked["Period"]) == (["Sum"], 60)
    assert asked["StartTime"].timestamp() == MINUTE - 180 and asked["EndTime"].timestamp() == MINUTE + 60


@run
async def test_percentiles_are_extended_statistics():
    world = AlarmWorld(ALARM | {"ExtendedStatistic": "p99"})
    world.datapoints = [{"Timestamp": datetime.fromtimestamp(MINUTE - 60, UTC), "ExtendedStatistics": {"p99": 3.0}}]
    assert await world.moved() == [("errors", "ALARM")]
    assert world.engine.asked("cloudwatch", "GetMetricStatistics")[0]["ExtendedStatistics"] == ["p99"]


@run
async def test_a_scope_without_alarms_is_asked_once():
    world = AlarmWorld()
    await world.moved()
    await world.moved()
    assert len(world.engine.asked("cloudwatch", "DescribeAlarms")) == 1
    assert world.flushed == []
    world.engine.changes.bump("cloudwatch")
    await world.moved()
    assert len(world.engine.asked("cloudwatch", "DescribeAlarms")) == 2


@run
async def test_an_alarm_that_is_gone_does_not_stop_the_others():
    world = AlarmWorld(ALARM, ALARM | {"AlarmName": "second"})
    world.datapoints = [{"Timestamp": datetime.fromtimestamp(MINUTE, UTC), "Sum": 2.0}]

    def set_state(params, scope):
        if params["AlarmName"] == "errors":
            raise AwsError("ResourceNotFound", "Alarm errors not found", 404)
        return {}

    world.engine.on("cloudwatch", "SetAlarmState", set_state)
    assert [name for name, _ in await world.moved()] == ["errors", "second"]


@run
async def test_metrics_that_keep_coming_do_not_keep_the_other_alarms_waiting():
    busy, quiet = SCOPE, Scope("210987654321", "us-east-1")
    looked = asyncio.Queue[Scope]()
    engine = FakeEngine()

    def describe(params, scope):
        looked.put_nowait(scope)
        return {"MetricAlarms": [ALARM]}

    engine.on("cloudwatch", "DescribeAlarms", describe)
    engine.on("cloudwatch", "GetMetricStatistics", lambda params, scope: {})

    class BothScopes(Scopes):
        def known(self):
            return [busy, quiet]

    watch = AlarmWatch(engine, engine.changes, BothScopes(), FakeClock(), nothing, interval=0.3)
    task = asyncio.create_task(watch.run())
    seen = set()
    async with asyncio.timeout(60):
        while quiet not in seen:
            watch.metrics_came(busy)
            seen.add(await looked.get())
    assert busy in seen
    task.cancel()


@run
async def test_events_that_anybody_put_are_filtered_once_the_engine_took_them():
    world = World(ERRORS)
    event = {"timestamp": MINUTE * 1000, "message": "ERROR"}
    put = request({"logGroupName": "/todo", "logStreamName": "s", "logEvents": [event]})
    refused = await world.metrics.handle("PutLogEvents", put, SCOPE)
    assert isinstance(refused, Response) and refused.status == 404  # what the fake answers to a raw request
    assert world.data == []
