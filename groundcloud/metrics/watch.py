"""Looks at the alarms: soon after metrics came, and every few seconds, because time moves alarms too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.metrics import limits
from groundcloud.metrics.alarm import Point, Rule, evaluate, window
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes

_log = logging.getLogger(__name__)


class AlarmWatch:
    """Moves the metric alarms of every scope by what their metrics are. `run()` is its background task.

    A scope without alarms costs nothing until its CloudWatch changes. `flush` puts what waits to be put of a scope.
    """

    def __init__(
        self,
        aws: AwsCaller,
        changes: Changes,
        scopes: Scopes,
        clock: Clock,
        flush: Callable[[Scope], Awaitable[None]],
        interval: float = limits.ALARM_INTERVAL_SECONDS,
    ) -> None:
        self._aws = aws
        self._changes = changes
        self._scopes = scopes
        self._clock = clock
        self._flush = flush
        self._interval = interval
        self._without_alarms: dict[Scope, int] = {}
        self._fresh: set[Scope] = set()
        self._something = asyncio.Event()

    def clear(self) -> None:
        """Forget which scopes are to be looked at."""
        self._fresh.clear()
        self._without_alarms.clear()

    def metrics_came(self, scope: Scope) -> None:
        """Have the alarms of `scope` looked at soon."""
        self._fresh.add(scope)
        self._something.set()

    async def run(self) -> None:
        """Look at the alarms until cancelled."""
        time = asyncio.get_running_loop().time
        due = time() + self._interval
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), max(0.0, due - time()))
                await asyncio.sleep(limits.ALARM_SETTLE_SECONDS)
            scopes, self._fresh = list(self._fresh), set()
            self._something.clear()
            if time() >= due:
                scopes = self._scopes.known()
                due = time() + self._interval
            for scope in scopes:
                try:
                    await self.look(scope)
                except Exception:  # noqa: BLE001 one scope's trouble must not stop the watch over the others
                    _log.exception("looking at the alarms of %s failed", scope)

    async def look(self, scope: Scope) -> None:
        """Move every metric alarm of `scope` to the state it belongs in."""
        generation = self._changes.generation("cloudwatch", scope.account)
        if self._without_alarms.get(scope) == generation:
            return
        alarms = await self._alarms(scope)
        if not alarms:
            self._without_alarms[scope] = generation
            return
        await self._flush(scope)
        for alarm in alarms:
            try:
                await self._look_at(alarm, scope)
            except AwsError as error:
                # Deleted in between, for instance.
                _log.info("alarm %s could not be moved: %s", alarm.get("AlarmName"), error)

    async def _alarms(self, scope: Scope) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {"AlarmTypes": ["MetricAlarm"]}
        while True:
            answer = await self._aws.call("cloudwatch", "DescribeAlarms", page, scope=scope)
            found += answer.get("MetricAlarms") or []
            if not answer.get("NextToken"):
                return found
            page["NextToken"] = answer["NextToken"]

    async def _look_at(self, alarm: dict[str, Any], scope: Scope) -> None:
        rule = Rule.from_description(alarm)
        if rule is None:
            return
        now = self._clock.now()
        verdict = evaluate(rule, alarm["StateValue"], await self._points(alarm, rule, now, scope), now)
        if verdict is None:
            return
        params = {
            "AlarmName": alarm["AlarmName"],
            "StateValue": verdict.state,
            "StateReason": verdict.reason,
            "StateReasonData": verdict.data,
        }
        await self._aws.call("cloudwatch", "SetAlarmState", params, scope=scope)

    async def _points(self, alarm: dict[str, Any], rule: Rule, now: float, scope: Scope) -> list[Point]:
        start, end = window(rule, now)
        percentile = bool(alarm.get("ExtendedStatistic"))
        params = {
            "Namespace": alarm["Namespace"],
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm.get("Dimensions") or [],
            "StartTime": datetime.fromtimestamp(start, UTC),
            "EndTime": datetime.fromtimestamp(end, UTC),
            "Period": rule.period,
            "ExtendedStatistics" if percentile else "Statistics": [rule.statistic],
        }
        answer = await self._aws.call("cloudwatch", "GetMetricStatistics", params, scope=scope)
        points = []
        for datapoint in answer.get("Datapoints") or []:
            values = datapoint.get("ExtendedStatistics") or {} if percentile else datapoint
            if rule.statistic in values:
                points.append(Point(datapoint["Timestamp"].timestamp(), float(values[rule.statistic])))
        return points
