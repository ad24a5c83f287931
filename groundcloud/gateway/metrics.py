"""AWS/ApiGateway metrics, put to CloudWatch in batches beside the request path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.gateway.limits import METRICS_FLUSH_SECONDS
from groundcloud.ports import Engine, Scope

log = logging.getLogger("groundcloud.gateway")

NAMESPACE = "AWS/ApiGateway"
_VALUES_A_DATUM = 150


@dataclass
class Tally:
    """What one stage did since the last batch; latencies in whole milliseconds, each with how often it occurred."""

    calls: int = 0
    client_errors: int = 0
    server_errors: int = 0
    latencies: Counter[int] = field(default_factory=Counter)
    integration_latencies: Counter[int] = field(default_factory=Counter)


MakeData = Callable[[str, str, Tally, float], list[dict[str, Any]]]
"""The data of one stage: API, stage, what it did, epoch seconds."""


class Metrics:
    """Counts calls and puts them every few seconds. Nothing runs while nobody calls."""

    def __init__(
        self, engine: Engine, clock: Clock, every: float = METRICS_FLUSH_SECONDS, make: MakeData | None = None
    ) -> None:
        self._engine = engine
        self._make = make or metric_data
        self._clock = clock
        self._every = every
        self._tallies: dict[tuple[Scope, str, str], Tally] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def record(
        self, scope: Scope, api: str, stage: str, status: int, latency: float, integration: float | None
    ) -> None:
        """Note one call; `latency` and `integration` in seconds."""
        tally = self._tallies.get((scope, api, stage))
        if tally is None:
            tally = self._tallies[scope, api, stage] = Tally()
        tally.calls += 1
        tally.client_errors += 400 <= status < 500
        tally.server_errors += status >= 500
        tally.latencies[round(latency * 1000)] += 1
        if integration is not None:
            tally.integration_latencies[round(integration * 1000)] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._every, self._due)

    def _due(self) -> None:
        self._timer = None
        self._flushing = asyncio.get_running_loop().create_task(self.flush())

    async def flush(self) -> None:
        """Put what was counted."""
        tallies, self._tallies = self._tallies, {}
        now = self._clock.now()
        for (scope, api, stage), tally in tallies.items():
            data = self._make(api, stage, tally, now)
            try:
                for start in range(0, len(data), 20):
                    batch = {"Namespace": NAMESPACE, "MetricData": data[start : start + 20]}
                    await self._engine.call("cloudwatch", "PutMetricData", batch, scope=scope)
            except AwsError as error:
                log.warning("Metrics of API %s were not put: %s", api, error)

    async def close(self) -> None:
        """Put what is left; no timer afterwards."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._flushing is not None:
            await self._flushing
        await self.flush()


def metric_data(api: str, stage: str, tally: Tally, now: float) -> list[dict[str, Any]]:
    """The data of one stage, for the API alone and for the API and stage. The average of an error metric is its rate,
    so the calls without error count as zeros."""
    counts = {
        "Count": Counter({1: tally.calls}),
        "4XXError": Counter({1: tally.client_errors, 0: tally.calls - tally.client_errors}),
        "5XXError": Counter({1: tally.server_errors, 0: tally.calls - tally.server_errors}),
    }
    times = {"Latency": tally.latencies, "IntegrationLatency": tally.integration_latencies}
    data = []
    for dimensions in ([("ApiName", api)], [("ApiName", api), ("Stage", stage)]):
        named = [{"Name": name, "Value": value} for name, value in dimensions]
        for unit, metrics in (("Count", counts), ("Milliseconds", times)):
            for name, values in metrics.items():
                data += datums(name, unit, named, values, now)
    return data


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
