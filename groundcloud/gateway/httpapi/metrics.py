"""AWS/ApiGateway metrics of HTTP APIs: by ApiId, and ApiId and Stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from groundcloud.gateway.metrics import Tally, datums


def metric_data(api: str, stage: str, tally: Tally, now: float) -> list[dict[str, Any]]:
    """The data of one stage; the calls without error count as zeros, so that an average is a rate."""
    counts = {
        "Count": Counter({1: tally.calls}),
        "4xx": Counter({1: tally.client_errors, 0: tally.calls - tally.client_errors}),
        "5xx": Counter({1: tally.server_errors, 0: tally.calls - tally.server_errors}),
    }
    times = {"Latency": tally.latencies, "IntegrationLatency": tally.integration_latencies}
    data = []
    for dimensions in ([("ApiId", api)], [("ApiId", api), ("Stage", stage)]):
        named = [{"Name": name, "Value": value} for name, value in dimensions]
        for unit, metrics in (("Count", counts), ("Milliseconds", times)):
            for name, values in metrics.items():
                data += datums(name, unit, named, values, now)
    return data
