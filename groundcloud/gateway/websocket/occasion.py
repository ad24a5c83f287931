"""One thing that happens on a connection, and what becomes of it: for access logs and metrics."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from groundcloud.gateway.httpapi.errors import HttpApiError
from groundcloud.gateway.httpapi.model import Route
from groundcloud.gateway.websocket.connections import Connection


@dataclass
class Occasion:
    """A connect, a message or a disconnect. `context` is the event's request context, as far as it was made; latencies
    in seconds; `integration_latency` is None until the integration was called, `failed` when that could not be done."""

    connection: Connection
    route: Route | None
    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    error: str = ""
    integration_latency: float | None = None
    integration_status: int | None = None
    failed: bool = False

    @property
    def is_connect(self) -> bool:
        return self.context.get("eventType") == "CONNECT"

    def refused(self, error: HttpApiError) -> None:
        self.status, self.error = error.status, error.detail

    def logged(self) -> dict[str, Any]:
        """``$context`` of access logs.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
        """
        spent = None if self.integration_latency is None else round(self.integration_latency * 1000)
        message = self.error or None
        return {
            **self.context,
            "error": {"message": message, "messageString": json.dumps(message) if message else None},
            "integration": {
                "error": message if self.failed else None,
                "latency": spent,
                "integrationStatus": self.integration_status,
                "status": self.integration_status,
            },
            "integrationErrorMessage": message if self.failed else None,
            "integrationLatency": spent,
            "integrationStatus": self.integration_status,
            "status": self.status,
        }
