"""Which limits a route of a stage has.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

from __future__ import annotations

from groundcloud.gateway.httpapi.errors import too_many_requests
from groundcloud.gateway.httpapi.model import Stage
from groundcloud.gateway.throttle import Throttle


def take(throttle: Throttle, stage: Stage, key: str) -> None:
    """Count one request of the route `key`: its own limits come first, then the stage's. Raises `HttpApiError` 429."""
    limits = stage.throttles.get(key) or stage.throttle
    if limits is not None and not throttle.take((stage.scope, stage.api_id, stage.name, key), limits):
        raise too_many_requests()
