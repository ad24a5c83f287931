"""Puts `AWS/Lambda` metrics in the background, one batch a second.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.runtime import limits

_log = logging.getLogger(__name__)

_VALUES_PER_DATUM = 150
"""AWS, PutMetricData: distinct values in one datum."""


@dataclass
class Tally:
    """What happened to one function since the last batch. Durations in milliseconds, to two decimals."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    concurrency: int = 0
    durations: Counter[float] = field(default_factory=Counter)

    def data(self, function: str) -> list[dict[str, Any]]:
        """MetricData as PutMetricData takes it."""
        dimensions = [{"Name": "FunctionName", "Value": function}]

        def datum(name: str, values: dict[float, int], unit: str = "Count") -> dict[str, Any]:
            return {
                "MetricName": name,
                "Dimensions": dimensions,
                "Unit": unit,
                "Values": [float(value) for value in values],
                "Counts": [float(count) for count in values.values()],
            }

        data = [datum("Throttles", _present({1.0: self.throttles, 0.0: self.invocations}))]
        if self.invocations:
            data.append(datum("Invocations", {1.0: self.invocations}))
            data.append(datum("Errors", _present({1.0: self.errors, 0.0: self.invocations - self.errors})))
            data.append(datum("ConcurrentExecutions", {float(self.concurrency): 1}))
        durations = list(self.durations.items())
        for start in range(0, len(durations), _VALUES_PER_DATUM):
            data.append(datum("Duration", dict(durations[start : start + _VALUES_PER_DATUM]), "Milliseconds"))
        return data


class MetricWriter:
    """Counts calls, and tells CloudWatch. `run()` is its background task."""

    def __init__(self, aws: AwsCaller) -> None:
        self._aws = aws
        self._tallies: dict[tuple[Scope, str], Tally] = {}
        self._something = asyncio.Event()

    def invoked(self, scope: Scope, function: str, *, duration: float, error: bool, concurrency: int) -> None:
        """Count one call that ran; `duration` in milliseconds, `concurrency` how many ran at once."""
        tally = self._tally(scope, function)
        tally.invocations += 1
        tally.errors += error
        tally.concurrency = max(tally.concurrency, concurrency)
        tally.durations[round(duration, 2)] += 1

    def throttled(self, scope: Scope, function: str) -> None:
        self._tally(scope, function).throttles += 1

    def _tally(self, scope: Scope, function: str) -> Tally:
        tally = self._tallies.get((scope, function))
        if tally is None:
            tally = self._tallies[scope, function] = Tally()
            self._something.set()
        return tally

    async def run(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(limits.METRIC_FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        self._something.clear()
        tallies, self._tallies = self._tallies, {}
        for (scope, function), tally in tallies.items():
            params = {"Namespace": "AWS/Lambda", "MetricData": tally.data(function)}
            try:
                await self._aws.call("cloudwatch", "PutMetricData", params, scope=scope)
            except AwsError as error:
                _log.warning("metrics of %s lost: %s", function, error)


def _present(values: dict[float, int]) -> dict[float, int]:
    return {value: count for value, count in values.items() if count}
