"""What access logs tell of who was let in: the phases ``authenticate``, ``authorizer`` and ``authorize`` of a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html; which phase
there is with which authorization:
https://aws.amazon.com/blogs/compute/troubleshooting-amazon-api-gateway-with-enhanced-observability-variables/
"""

from __future__ import annotations

from typing import Any

Phases = dict[str, dict[str, Any]]
"""By the name of a phase, what is below it in ``$context``."""

AUTHENTICATE, AUTHORIZER, AUTHORIZE = "authenticate", "authorizer", "authorize"


def milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def passed(phases: Phases, phase: str, seconds: float, **more: Any) -> None:
    """`phase` took `seconds` and let the request on."""
    phases[phase] = {"status": "200", "latency": milliseconds(seconds), **more}


def failed(phases: Phases, phase: str, seconds: float, status: int, error: str | None, **more: Any) -> None:
    """`phase` took `seconds`, and the request was answered with `status`."""
    phases[phase] = {"status": str(status), "latency": milliseconds(seconds), "error": error, **more}
