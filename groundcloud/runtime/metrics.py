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
from groundcloud.runtime.call import Share

_log = logging.getLogger(__name__)

_VALUES_PER_DATUM = 150
"""AWS, PutMetricData: distinct values in one datum."""


_Key = tuple[Scope, str, str]
"""Scope, function and resource (``function:alias``); "" stands for all functions, and for no particular resource."""


@dataclass
class Tally:
    """What happened since the last batch. Durations in milliseconds, to two decimals; `others` are further counts,
    `highest` what is looked at by its maximum."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    concurrency: int = 0
    durations: dict[float, int] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    highest: dict[str, float] = field(default_factory=dict)

    def data(self, function: str, resource: str = "") -> list[dict[str, Any]]:
        """MetricData as PutMetricData takes it."""
        dimensions = [{"Name": "FunctionName", "Value": function}] if function else []
        if resource:
            dimensions.append({"Name": "Resource", "Value": resource})

        def datum(name: str, values: dict[float, int], unit: str = "Count") -> dict[str, Any]:
            return {
                "MetricName": name,
                "Dimensions": dimensions,
                "Unit": unit,
                "Values": [float(value) for value in values],
                "Counts": [float(count) for count in values.values()],
            }

        counts = {
            "Throttles": _present({1.0: self.throttles, 0.0: self.invocations}),
            "Invocations": _present({1.0: self.invocations}),
            "Errors": _present({1.0: self.errors, 0.0: max(self.invocations - self.errors, 0)}),
            "ConcurrentExecutions": _present({float(self.concurrency): int(self.concurrency > 0)}),
            **{name: {1.0: count} for name, count in self.others.items()},
            **{name: {value: 1} for name, value in self.highest.items()},
        }
        data = [datum(name, values) for name, values in counts.items() if values]
        durations = list(self.durations.items())
        for start in range(0, len(durations), _VALUES_PER_DATUM):
            data.append(datum("Duration", dict(durations[start : start + _VALUES_PER_DATUM]), "Milliseconds"))
        return data


class Running:
    """A call that runs, counted in `counts` under each of `keys` meanwhile."""

    __slots__ = ("_counts", "_keys")

    def __init__(self, counts: dict[_Key, int], keys: list[_Key]) -> None:
        self._counts = counts
        self._keys = keys

    def __enter__(self) -> None:
        for key in self._keys:
            self._counts[key] = self._counts.get(key, 0) + 1

    def __exit__(self, *_: object) -> None:
        for key in self._keys:
            left = self._counts.pop(key) - 1
            if left:
                self._counts[key] = left


class MetricWriter:
    """Counts calls, and tells CloudWatch: by function, by alias or version, and over all. `run()` is its background
    task."""

    def __init__(self, aws: AwsCaller) -> None:
        self._aws = aws
        self._tallies: dict[_Key, Tally] = {}
        self._counted: Counter[_Key] = Counter()
        self._running: dict[_Key, int] = {}
        self._something = asyncio.Event()

    def running(self, scope: Scope, function: str, resource: str) -> Running:
        """While a call runs: `invoked` says of it how many ran at once."""
        return Running(self._running, _keys(scope, function, resource))

    def invoked(
        self,
        scope: Scope,
        function: str,
        *,
        duration: float,
        error: bool,
        resource: str = "",
        counted: bool = False,
    ) -> None:
        """Count one call that is `running`; `duration` in milliseconds.

        With `counted`, the engine has put this call's metrics of the function by itself.
        """
        took = round(duration, 2)
        for key in _keys(scope, function, resource):
            tally = self._tally(key)
            tally.concurrency = max(tally.concurrency, self._running.get(key, 0))
            if counted and key == (scope, function, ""):
                continue
            if self._counted and self._counted.get(key):
                self._counted[key] -= 1
            else:
                tally.invocations += 1
            tally.errors += error
            tally.durations[took] = tally.durations.get(took, 0) + 1

    def throttled(self, scope: Scope, function: str, *, resource: str = "", counted: bool = False) -> None:
        for key in _keys(scope, function, resource):
            if not (counted and key == (scope, function, "")):
                self._tally(key).throttles += 1

    def count(self, scope: Scope, function: str, metric: str, resource: str = "") -> None:
        """Count one of the rarer things (``AsyncEventsDropped``, …)."""
        for part in {"", resource}:
            self._tally((scope, function, part)).others[metric] += 1

    def provided(self, scope: Scope, function: str, resource: str, share: Share | None) -> None:
        """Count one call of what has provisioned concurrency, which took it (`share`), or was all in use.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html#provisioned-concurrency-metrics
        """
        kind = "Invocations" if share is not None else "SpilloverInvocations"
        self.count(scope, function, f"ProvisionedConcurrency{kind}", resource)
        if share is None:
            return
        found = {
            "ProvisionedConcurrentExecutions": float(share.busy),
            "ProvisionedConcurrencyUtilization": share.busy / share.ready,
        }
        for part in {"", resource}:
            highest = self._tally((scope, function, part)).highest
            for name, value in found.items():
                highest[name] = max(value, highest.get(name, 0.0))

    def counted_already(self, scope: Scope, function: str) -> None:
        """The engine has counted an invocation that is to come: it is not counted again when it runs."""
        self._counted[scope, function, ""] += 1

    def _tally(self, key: _Key) -> Tally:
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = Tally()
            self._something.set()
        return tally

    def clear(self) -> None:
        """Forget what was counted and not put yet."""
        self._tallies.clear()
        self._counted.clear()

    async def run(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(limits.METRIC_FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        self._something.clear()
        tallies, self._tallies = self._tallies, {}
        for (scope, function, resource), tally in tallies.items():
            params = {"Namespace": "AWS/Lambda", "MetricData": tally.data(function, resource)}
            try:
                await self._aws.call("cloudwatch", "PutMetricData", params, scope=scope)
            except AwsError as error:
                _log.warning("metrics of %s lost: %s", function or "all functions", error)


def _keys(scope: Scope, function: str, resource: str) -> list[_Key]:
    keys = [(scope, function, ""), (scope, "", "")]
    return [*keys, (scope, function, resource)] if resource else keys


def _present(values: dict[float, int]) -> dict[float, int]:
    return {value: count for value, count in values.items() if count}
