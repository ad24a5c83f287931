"""The part as the composition root sees it.

log lines of our parts  ──► Metrics.engine ──┐
PutLogEvents of anybody ──► Metrics.handle ──┴─► metric filters ─┬─► PutMetricData ─► AlarmWatch ─► SetAlarmState
metrics of our parts    ──► Metrics.engine ──► Gathered ─────────┘
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from contextlib import suppress
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.metrics.errors import PatternError
from groundcloud.metrics.filters import LogEvent, MetricFilter, Points, put_calls
from groundcloud.metrics.gathered import Gathered
from groundcloud.metrics.pattern import compile_pattern
from groundcloud.metrics.retention import Retention
from groundcloud.metrics.watch import AlarmWatch
from groundcloud.ports import AwsCaller, Changes, Engine, Scope, Scopes

_log = logging.getLogger(__name__)

_Groups = dict[str, list[MetricFilter]]


class Metrics:
    """Metric filters and alarms of every scope. `engine` is for parts that write logs or metrics."""

    def __init__(self, engine: Engine, changes: Changes, scopes: Scopes, clock: Clock) -> None:
        self._behind = engine
        self._clock = clock
        self._filters = Filters(engine, changes)
        self._gathered = Gathered(engine, clock)
        self._watch = AlarmWatch(engine, changes, scopes, clock, self._gathered.flush)
        self._retention = Retention(engine, scopes, clock)
        self._tasks: list[asyncio.Task[None]] = []
        self.engine: Engine = _Listening(engine, self)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._watch.run()), loop.create_task(self._retention.run())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.flush()

    async def flush(self) -> None:
        """Put what our parts have measured: somebody looks."""
        await self._gathered.flush()

    async def reset(self) -> None:
        """Nothing was put, nothing waits, and no filter or alarm is known."""
        self._gathered.clear()
        self._filters.clear()
        self._watch.clear()

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """Operations of CloudWatch Logs and CloudWatch that concern us: a bad filter pattern is refused, events that
        the engine accepted are filtered."""
        if operation in ("PutMetricData", "PutMetricAlarm"):
            self._watch.metrics_came(scope)
        elif operation == "PutMetricFilter":
            _refuse_bad_pattern(request.json_object())
        elif operation == "PutLogEvents":
            response = await self._behind.request(request)
            if response.status == 200:
                await self.logged(request.json_object(), scope)
            return response
        return None

    async def logged(self, params: dict[str, Any], scope: Scope) -> None:
        """Filter the events of a PutLogEvents that was accepted. What fails is lost, and our log says why."""
        now = int(self._clock.now() * 1000)
        events = [(int(event.get("timestamp", now)), str(event["message"])) for event in params.get("logEvents") or []]
        try:
            if await self._filters.apply(str(params.get("logGroupName")), events, scope):
                self._watch.metrics_came(scope)
        except AwsError as error:
            _log.warning("metrics of %s lost: %s", params.get("logGroupName"), error)

    async def measured(self, params: dict[str, Any], scope: Scope) -> None:
        """A part of ours has measured something, which waits until somebody looks."""
        await self._gathered.add(params, scope)
        self._watch.metrics_came(scope)

    async def reset_account(self, account: str) -> None:
        """What waits of it is forgotten; its filters and alarms were deleted like everything else."""
        self._gathered.clear(account)


class Filters:
    """The metric filters of each scope, compiled as long as CloudWatch Logs does not change."""

    def __init__(self, aws: AwsCaller, changes: Changes) -> None:
        self._aws = aws
        self._changes = changes
        self._compiled: dict[Scope, tuple[int, _Groups]] = {}

    def clear(self) -> None:
        """Forget every filter."""
        self._compiled.clear()

    async def apply(self, group: str, events: list[LogEvent], scope: Scope) -> bool:
        """Put what `events` are worth; whether there was anything to put. Raises `AwsError`."""
        filters = (await self._groups(scope)).get(group)
        if not filters:
            return False
        points: Points = defaultdict(Counter)
        for metric_filter in filters:
            metric_filter.count(events, points)
        for params in put_calls(points):
            await self._aws.call("cloudwatch", "PutMetricData", params, scope=scope)
        return bool(points)

    async def _groups(self, scope: Scope) -> _Groups:
        generation = self._changes.generation("logs")
        known = self._compiled.get(scope)
        if known is not None and known[0] == generation:
            return known[1]
        groups: _Groups = {}
        page: dict[str, Any] = {}
        while True:
            answer = await self._aws.call("logs", "DescribeMetricFilters", page, scope=scope)
            for described in answer.get("metricFilters") or []:
                _compile_into(groups, described)
            if not answer.get("nextToken"):
                break
            page["nextToken"] = answer["nextToken"]
        self._compiled[scope] = (generation, groups)
        return groups


class _Listening(Engine):
    """The engine, with an ear on what is logged and measured through it."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        if operation == "PutMetricData":
            await self._metrics.measured(params or {}, scope)
            return {}
        answer = await self._engine.call(service, operation, params, scope=scope)
        if operation == "PutLogEvents":
            await self._metrics.logged(params or {}, scope)
        return answer

    async def request(self, request: Request) -> Response:
        return await self._engine.request(request)


def _refuse_bad_pattern(params: dict[str, Any]) -> None:
    try:
        compile_pattern(str(params.get("filterPattern") or ""))
    except PatternError as error:
        raise AwsError("InvalidParameterException", f"Invalid filter pattern: {error}") from error


def _compile_into(groups: _Groups, described: dict[str, Any]) -> None:
    try:
        groups.setdefault(described["logGroupName"], []).append(MetricFilter.from_description(described))
    except PatternError as error:
        # Made by a stack, past our check: AWS would have refused it.
        _log.warning("metric filter %s is not applied: %s", described.get("filterName"), error)
