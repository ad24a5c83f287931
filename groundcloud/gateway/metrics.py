"""AWS/ApiGateway metrics, put to CloudWatch in batches beside the request path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway.later import Later
from groundcloud.gateway.limits import METRICS_FLUSH_SECONDS
from groundcloud.ports import Engine, Scope

log = logging.getLogger("groundcloud.gateway")

NAMESPACE = "AWS/ApiGateway"
_VALUES_A_DATUM = 150

Place = tuple[str, ...]
"""API and stage, and for detailed metrics resource and method too."""

Values = Mapping[str, Counter[int]]
"""How often each value of a metric occurred, by the metric's name."""

T = TypeVar("T")


class Batches(Generic[T]):
    """Counts into tallies by place and puts them every few seconds. Nothing runs while nobody counts.

    `data` makes the data of a place: its tally, epoch seconds.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        new: Callable[[], T],
        data: Callable[[Place, T, float], list[dict[str, Any]]],
        every: float = METRICS_FLUSH_SECONDS,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new = new
        self._data = data
        self._tallies: dict[tuple[Scope, Place], T] = {}
        self._later = Later(self.flush, every)

    def tally(self, scope: Scope, place: Place) -> T:
        """What is counted of `place` until the next batch."""
        key = (scope, place)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = self._new()
        self._later.want()
        return tally

    async def flush(self) -> None:
        """Put what was counted."""
        tallies, self._tallies = self._tallies, {}
        now = self._clock.now()
        for (scope, place), tally in tallies.items():
            data = self._data(place, tally, now)
            try:
                for start in range(0, len(data), 20):
                    batch = {"Namespace": NAMESPACE, "MetricData": data[start : start + 20]}
                    await self._engine.call("cloudwatch", "PutMetricData", batch, scope=scope)
            except AwsError as error:
                log.warning("Metrics of API %s were not put: %s", place[0], error)

    def clear(self) -> None:
        """Forget what was counted and not put yet."""
        self._tallies.clear()

    async def close(self) -> None:
        """Put what is left; no timer afterwards."""
        await self._later.close()


@dataclass
class Tally:
    """What one place did since the last batch; latencies in whole milliseconds, each with how often it occurred."""

    calls: int = 0
    client_errors: int = 0
    server_errors: int = 0
    latencies: Counter[int] = field(default_factory=Counter)
    integration_latencies: Counter[int] = field(default_factory=Counter)
    bytes: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Names:
    """What a kind of API calls its metrics and the dimension of the API."""

    api: str
    client_errors: str
    server_errors: str


REST = Names("ApiName", "4XXError", "5XXError")
HTTP = Names("ApiId", "4xx", "5xx")


class Metrics(Batches[Tally]):
    """Of APIs that answer requests."""

    def __init__(self, engine: Engine, clock: Clock, every: float = METRICS_FLUSH_SECONDS, names: Names = REST) -> None:
        super().__init__(engine, clock, Tally, lambda place, tally, now: request_data(names, place, tally, now), every)

    def record(
        self,
        scope: Scope,
        place: Place,
        status: int,
        latency: float,
        integration: float | None,
        size: int = -1,
    ) -> None:
        """Note one call; `latency` and `integration` in seconds, `size` in bytes where that is measured."""
        tally = self.tally(scope, place)
        tally.calls += 1
        tally.client_errors += 400 <= status < 500
        tally.server_errors += status >= 500
        tally.latencies[round(latency * 1000)] += 1
        if integration is not None:
            tally.integration_latencies[round(integration * 1000)] += 1
        if size >= 0:
            tally.bytes[size] += 1


def request_data(names: Names, place: Place, tally: Tally, now: float) -> list[dict[str, Any]]:
    """The average of an error metric is its rate, so the calls without error count as zeros."""
    counts = {
        "Count": Counter({1: tally.calls}),
        names.client_errors: Counter({1: tally.client_errors, 0: tally.calls - tally.client_errors}),
        names.server_errors: Counter({1: tally.server_errors, 0: tally.calls - tally.server_errors}),
    }
    times = {"Latency": tally.latencies, "IntegrationLatency": tally.integration_latencies}
    sizes = {"DataProcessed": tally.bytes}
    return place_data(names.api, place, {"Count": counts, "Milliseconds": times, "Bytes": sizes}, now)


def place_data(api: str, place: Place, units: Mapping[str, Values], now: float) -> list[dict[str, Any]]:
    """The metrics of a place, by unit: of a stage, for the API alone and for the API and stage. `api` is the name of
    the API's dimension."""
    data = []
    for dimensions in _dimensions(api, place):
        for unit, metrics in units.items():
            for name, values in metrics.items():
                data += datums(name, unit, dimensions, values, now)
    return data


def _dimensions(api: str, place: Place) -> list[list[dict[str, str]]]:
    names = (api, "Stage", "Resource", "Method")
    named = [{"Name": name, "Value": value} for name, value in zip(names, place, strict=False)]
    return [named] if len(place) > 2 else [named[:1], named]


def datums(
    name: str, unit: str, dimensions: list[dict[str, str]], values: Counter[int], now: float
) -> list[dict[str, Any]]:
    """One metric's values and how often each occurred, as many data as it takes."""
    pairs = [(float(value), float(count)) for value, count in values.items() if count]
    return [
        {
            "MetricName": name,
            "Unit": unit,
            "Dimensions": dimensions,
            "Timestamp": now,
            "Values": [value for value, _ in part],
            "Counts": [count for _, count in part],
        }
        for part in (pairs[at : at + _VALUES_A_DATUM] for at in range(0, len(pairs), _VALUES_A_DATUM))
    ]
