"""AWS/ApiGateway metrics of WebSocket APIs: by ApiId, by ApiId and Stage, and of the routes that ask for it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.httpapi.model import Stage
from groundcloud.gateway.metrics import Batches, Place, place_data
from groundcloud.gateway.websocket.occasion import Occasion
from groundcloud.ports import Engine


@dataclass
class Tally:
    """What one place did since the last batch; each metric's values with how often they occurred."""

    counts: dict[str, Counter[int]] = field(default_factory=dict)
    latencies: Counter[int] = field(default_factory=Counter)

    def add(self, metric: str, value: int = 1) -> None:
        self.counts.setdefault(metric, Counter())[value] += 1


class SocketMetrics:
    """Counts what happens on connections."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._batches: Batches[Tally] = Batches(engine, clock, Tally, _data)

    def sent(self, stage: Stage) -> None:
        """A message went to a client."""
        self._batches.tally(stage.scope, (stage.api_id, stage.name)).add("MessageCount")

    def record(self, occasion: Occasion) -> None:
        stage = occasion.connection.stage
        places: list[Place] = [(stage.api_id, stage.name)]
        if occasion.route is not None and occasion.route.key in stage.detailed:
            # What Resource and Method hold of a route, AWS's page does not say.
            places.append((stage.api_id, stage.name, occasion.route.key, occasion.route.key))
        for place in places:
            _count(self._batches.tally(stage.scope, place), occasion)

    async def flush(self) -> None:
        await self._batches.flush()

    def clear(self) -> None:
        self._batches.clear()

    async def close(self) -> None:
        await self._batches.close()


def _count(tally: Tally, occasion: Occasion) -> None:
    called = occasion.integration_latency is not None
    if occasion.context.get("eventType") == "MESSAGE":
        tally.add("MessageCount")
    if not called:
        tally.add("ClientError", int(400 <= occasion.status < 500))
        return
    if occasion.is_connect:
        tally.add("ConnectCount")
    tally.add("ClientError", 0)
    tally.add("ExecutionError", int(occasion.failed))
    tally.add("IntegrationError", int((occasion.integration_status or 0) >= 400))
    integration = occasion.route.integration if occasion.route else None
    if integration is not None and integration.type != "MOCK":
        tally.latencies[round((occasion.integration_latency or 0.0) * 1000)] += 1


def _data(place: Place, tally: Tally, now: float) -> list[dict[str, Any]]:
    units = {"Count": tally.counts, "Milliseconds": {"IntegrationLatency": tally.latencies}}
    return place_data("ApiId", place, units, now)
