"""What parts of the cloud measure is put once a minute, or before anybody looks.

AWS puts the metrics of its services minute by minute too. Put every second, a call would leave a dozen points in the
engine, which keeps them for two weeks and walks over all of them at each request.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.metrics import limits
from groundcloud.metrics.condensed import condensed
from groundcloud.metrics.filters import Series, put_calls
from groundcloud.ports import AwsCaller, Scope

_log = logging.getLogger(__name__)


class Gathered:
    """`add()` gathers, and puts what earlier minutes have left; `flush()` puts everything."""

    def __init__(self, aws: AwsCaller, clock: Clock) -> None:
        self._aws = aws
        self._clock = clock
        self._waiting: defaultdict[Scope, dict[Series, _Minute]] = defaultdict(dict)

    async def add(self, params: dict[str, Any], scope: Scope) -> None:
        """`params` of PutMetricData, with values and counts, and a time in epoch seconds or none. What cannot be put is
        lost, and our log says why."""
        waiting = self._waiting[scope]
        earlier = False
        for datum in params["MetricData"]:
            moment = float(datum.get("Timestamp") or self._clock.machine())
            series = _series(params["Namespace"], datum, moment)
            minute = waiting.get(series)
            if minute is None:
                earlier = earlier or any(each.minute < series.minute for each in waiting)
                minute = waiting[series] = _Minute()
            minute.add(datum, moment)
        if earlier:
            await self.flush(scope)

    async def flush(self, scope: Scope | None = None) -> None:
        """Put what waits, of one scope or of all."""
        for one in [scope] if scope is not None else list(self._waiting):
            points: dict[Series, dict[float, float]] = {}
            for series, minute in self._waiting.pop(one, {}).items():
                points[series._replace(minute=minute.last)] = condensed(minute.values, limits.VALUES_PER_MINUTE)
            for params in put_calls(points):
                try:
                    await self._aws.call("cloudwatch", "PutMetricData", params, scope=one)
                except AwsError as error:
                    _log.warning("metrics of %s were not put: %s", params["Namespace"], error)

    def clear(self, account: str = "") -> None:
        """Forget what waits, of one account or of all."""
        for scope in list(self._waiting):
            if account in ("", scope.account):
                del self._waiting[scope]


@dataclass
class _Minute:
    """How often each value occurred in one minute, and when something was last added (epoch seconds)."""

    values: Counter[float] = field(default_factory=Counter)
    last: float = 0.0

    def add(self, datum: Mapping[str, Any], moment: float) -> None:
        self.last = max(self.last, moment)
        for value, count in zip(datum["Values"], datum["Counts"], strict=True):
            self.values[value] += count


def _series(namespace: str, datum: Mapping[str, Any], moment: float) -> Series:
    dimensions = tuple((each["Name"], each["Value"]) for each in datum["Dimensions"])
    minute = moment // limits.METRIC_RESOLUTION_SECONDS * limits.METRIC_RESOLUTION_SECONDS
    return Series(namespace, datum["MetricName"], datum["Unit"], dimensions, minute)
