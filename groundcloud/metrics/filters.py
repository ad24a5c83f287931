"""What a metric filter makes of log events: data for PutMetricData.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from groundcloud.metrics import limits
from groundcloud.metrics.expression import number
from groundcloud.metrics.pattern import Pattern, Values, compile_pattern

LogEvent = tuple[int, str]
"""When, in milliseconds since the epoch, and the message."""


class Series(NamedTuple):
    """One metric in one minute; `minute` in seconds since the epoch."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    minute: float


Points = defaultdict[Series, Counter[float]]


@dataclass
class MetricFilter:
    """One filter, compiled. `last_reported` is, for each transformation, the latest minute that has a value."""

    name: str
    pattern: Pattern
    transformations: list[dict[str, Any]]
    last_reported: dict[int, int] = field(default_factory=dict)

    @classmethod
    def from_description(cls, described: dict[str, Any]) -> MetricFilter:
        """A filter as DescribeMetricFilters gives it. Raises `PatternError`."""
        pattern = compile_pattern(described.get("filterPattern") or "")
        return cls(described["filterName"], pattern, described.get("metricTransformations") or [])

    def count(self, events: Iterable[LogEvent], points: Points) -> None:
        """Add what `events` are worth to `points`. A minute in which events came and none matched is worth the default
        value, once."""
        unmatched: set[int] = set()
        for moment, message in events:
            minute = moment // 1000 // limits.METRIC_RESOLUTION_SECONDS * limits.METRIC_RESOLUTION_SECONDS
            values = self.pattern(message)
            if values is None:
                unmatched.add(minute)
                continue
            for index, transformation in enumerate(self.transformations):
                self._report(index, transformation, values, minute, points)
        for minute in sorted(unmatched):
            for index, transformation in enumerate(self.transformations):
                default = transformation.get("defaultValue")
                if default is not None and minute > self.last_reported.get(index, 0):
                    points[_series(transformation, (), minute)][float(default)] += 1
                    self.last_reported[index] = minute

    def _report(self, index: int, transformation: dict[str, Any], values: Values, minute: int, points: Points) -> None:
        worth = _metric_value(str(transformation.get("metricValue", "")), values)
        dimensions = _dimensions(transformation.get("dimensions") or {}, values)
        if worth is None or dimensions is None:
            return
        points[_series(transformation, dimensions, minute)][worth] += 1
        self.last_reported[index] = max(minute, self.last_reported.get(index, 0))


def put_calls(points: Mapping[Series, Mapping[float, float]]) -> Iterator[dict[str, Any]]:
    """PutMetricData's parameters, call by call."""
    data: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for series, worths in points.items():
        counted = list(worths.items())
        for start in range(0, len(counted), limits.MAX_VALUES_PER_DATUM):
            some = counted[start : start + limits.MAX_VALUES_PER_DATUM]
            data[series.namespace].append(
                {
                    "MetricName": series.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
                    "Timestamp": datetime.fromtimestamp(series.minute, UTC),
                    "Unit": series.unit,
                    "Values": [value for value, _ in some],
                    "Counts": [float(count) for _, count in some],
                }
            )
    for namespace, metrics in data.items():
        for start in range(0, len(metrics), limits.MAX_DATA_PER_CALL):
            yield {"Namespace": namespace, "MetricData": metrics[start : start + limits.MAX_DATA_PER_CALL]}


def _series(transformation: dict[str, Any], dimensions: tuple[tuple[str, str], ...], minute: int) -> Series:
    namespace, name = transformation["metricNamespace"], transformation["metricName"]
    return Series(namespace, name, transformation.get("unit") or "None", dimensions, minute)


def _metric_value(text: str, values: Values) -> float | None:
    """A number, or what ``$.latency`` finds if that is one; None publishes nothing."""
    if not text.startswith("$"):
        return number(text)
    found = values(text)
    return number(found[0]) if found else None


def _dimensions(selectors: dict[str, str], values: Values) -> tuple[tuple[str, str], ...] | None:
    """The dimensions with the values of this event; None when one is not in it, as then nothing is published."""
    found = [(name, values(selector)) for name, selector in selectors.items()]
    if any(not each or each[0] is None or isinstance(each[0], dict | list) for _, each in found):
        return None
    return tuple((name, str(each[0])) for name, each in found)
