"""``$context`` of an HTTP API's access log: what mappings see, and how the call ended.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.gateway.httpapi.call import Call, context_of
from groundcloud.gateway.httpapi.errors import HttpApiError
from groundcloud.http import Response

_RESPONSE_TYPES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "ACCESS_DENIED",
    404: "RESOURCE_NOT_FOUND",
    413: "REQUEST_TOO_LARGE",
    429: "THROTTLED",
}
"""Of answers that no integration was asked for."""


def logged(call: Call, response: Response, latency: float) -> dict[str, Any]:
    """`latency` in seconds."""
    spent = None if call.integration_latency is None else round(call.integration_latency * 1000)
    problem = call.error.detail if call.error is not None and spent is not None else None
    status, is_function = call.integration_status, _asks_function(call)
    first, second = call.endpoint_request_ids
    context = context_of(call)
    context["authorizer"] = {**context["authorizer"], "error": call.authorizer_error or None}
    if call.base_path is not None:
        context["customDomain"] = {"basePathMatched": call.base_path.strip("/") or "(none)"}
    return {
        **context,
        "awsEndpointRequestId": first,
        "awsEndpointRequestId2": second,
        "dataProcessed": len(call.request.body) + len(response.body),
        "error": _error(call.error, spent is not None),
        "integration": {
            "error": problem,
            "integrationStatus": 200 if is_function and first else status,
            "latency": spent,
            "requestId": first,
            "status": status,
        },
        "integrationErrorMessage": problem,
        "integrationLatency": spent,
        "integrationStatus": 200 if is_function and first else status,
        "responseLatency": round(latency * 1000),
        "responseLength": len(response.body),
        "status": response.status,
    }


def request_ids(response: Response) -> tuple[str | None, str | None]:
    """What an endpoint of AWS's calls the request."""
    headers = response.headers
    return headers.get("x-amzn-requestid") or headers.get("x-amz-request-id"), headers.get("x-amz-id-2")


def _asks_function(call: Call) -> bool:
    """A function's answer and Lambda's own status are two things."""
    integration = call.match.route.integration if call.match else None
    return integration is not None and integration.function is not None


def _error(error: HttpApiError | None, is_integration: bool) -> dict[str, Any]:
    if error is None:
        return {}
    kind = "INTEGRATION_FAILURE" if is_integration else _RESPONSE_TYPES.get(error.status, "DEFAULT_5XX")
    return {"message": error.message, "messageString": json.dumps(error.message), "responseType": kind}
