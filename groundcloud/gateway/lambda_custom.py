"""AWS integrations of functions: the request template makes the event, an integration response makes the answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html
Errors: https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
Asynchronous: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
"""

from __future__ import annotations

import json

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.functions import Functions
from groundcloud.gateway.lambda_proxy import function_of
from groundcloud.gateway.mapping import Answer, outgoing, respond
from groundcloud.gateway.model import Integration, Method
from groundcloud.gateway.permission import method_source
from groundcloud.gateway.templates import Overrides, TemplateFailure, Templates
from groundcloud.http import Headers, Response

_INVOCATION_TYPE = "x-amz-invocation-type"
_JSON_HEADERS = [("Content-Type", "application/json")]


async def answer(
    call: Call, method: Method, integration: Integration, functions: Functions, templates: Templates
) -> Response:
    """The mapped result. Raises `GatewayError`."""
    overrides = Overrides()
    try:
        request = outgoing(call, integration, templates, overrides)
        event = request.body or b"{}"
        json.loads(event)
    except (TemplateFailure, ValueError, RecursionError) as error:
        raise configuration_error() from error
    wanted = {name.lower(): value for name, value in request.headers}.get(_INVOCATION_TYPE, "RequestResponse")
    function, source = function_of(method, integration), method_source(call, method)
    if wanted == "Event":
        await functions.send(call, function, event, source=source, credentials=integration.credentials)
        return respond(call, integration, Answer(None, b""), templates, overrides)
    if wanted != "RequestResponse":
        raise configuration_error(f"Groundcloud does not support X-Amz-Invocation-Type {wanted}")
    result = await functions.call(
        call, function, event, timeout=integration.timeout, source=source, credentials=integration.credentials
    )
    subject = _error_message(result.payload) if result.function_error else None
    received = Answer(subject, result.payload, Headers(list(_JSON_HEADERS)))
    return respond(call, integration, received, templates, overrides)


def _error_message(payload: bytes) -> str:
    """What selection patterns of a function are matched against: `errorMessage`, and nothing when it succeeded."""
    try:
        error = json.loads(payload)
    except ValueError:
        return payload.decode("utf-8", "replace")
    return str(error.get("errorMessage", "")) if isinstance(error, dict) else payload.decode("utf-8", "replace")
