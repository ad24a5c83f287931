"""The lines of access logs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html: a variable
without a value prints ``-``.
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.gateway.call import Call
from groundcloud.gateway.event import request_context
from groundcloud.gateway.log_settings import Part
from groundcloud.gateway.parameters import as_text, walk
from groundcloud.http import Response


def line(parts: tuple[Part, ...], call: Call, response: Response, latency: float) -> str:
    """What a format (`log_settings.parts_of`) prints for an answered call; `latency` in seconds."""
    context = access_context(call, response, latency)
    return "".join(part if isinstance(part, str) else as_text(walk(context, list(part))) or "-" for part in parts)


def access_context(call: Call, response: Response, latency: float) -> dict[str, Any]:
    """``$context`` of an answered call: what templates see, and how it ended."""
    context = request_context(call)
    integration = _integration(call, response)
    context.update(
        status=str(response.status),
        responseLength=str(len(response.body)),
        responseLatency=str(round(latency * 1000)),
        integrationLatency=integration.get("latency"),
        integrationStatus=integration.get("integrationStatus"),
        integration=integration,
        error=_error(call),
        xrayTraceId=call.trace.root,
        awsEndpointRequestId=call.endpoint_request_id,
        endpointType="REGIONAL",
    )
    for phase, told in call.phases.items():
        context[phase] = {**(context.get(phase) or {}), **told}
    if call.target.base_path is not None:
        context["customDomain"] = {"basePathMatched": call.target.base_path.strip("/") or "(none)"}
    return context


def _integration(call: Call, response: Response) -> dict[str, Any]:
    if call.integration_latency is None:
        return {}
    found = call.match.method.integration if call.match else None
    status: int | None = call.integration_status
    backend = status
    if found is not None and found.type == "AWS_PROXY" and call.error is None:
        # Lambda itself answered 200; the status is what the function returned.
        status, backend = 200, response.status
    return {
        "latency": str(round(call.integration_latency * 1000)),
        "integrationStatus": status and str(status),
        "status": backend and str(backend),
        "requestId": call.endpoint_request_id,
        "error": call.error.message if call.error else None,
    }


def _error(call: Call) -> dict[str, Any]:
    if call.error is None:
        return {}
    message = call.error.message
    return {
        "message": message,
        "messageString": None if message is None else json.dumps(message, ensure_ascii=False),
        "responseType": call.error.type,
        "validationErrorString": call.error.detail or None,
    }
