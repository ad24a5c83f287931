"""AWS integrations of functions: the request template makes the event, an integration response makes the answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html
Errors: https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
"""

from __future__ import annotations

import json

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.functions import Functions
from groundcloud.gateway.lambda_proxy import function_of
from groundcloud.gateway.mapping import choose_response, mapped_headers, request_output, response_body
from groundcloud.gateway.model import Integration, Method
from groundcloud.gateway.permission import method_source
from groundcloud.gateway.templates import TemplateFailure, Templates
from groundcloud.http import Response

_INVOCATION_TYPE = "integration.request.header.x-amz-invocation-type"


async def answer(
    call: Call, method: Method, integration: Integration, functions: Functions, templates: Templates
) -> Response:
    """The mapped result. Raises `GatewayError`."""
    if integration.content_handling:
        raise configuration_error("Groundcloud does not support content handling of AWS integrations yet")
    if any(name.lower() == _INVOCATION_TYPE for name in integration.request_parameters):
        raise configuration_error("Groundcloud does not support X-Amz-Invocation-Type yet")
    try:
        event = request_output(call, integration, templates) or "{}"
        json.loads(event)
    except (TemplateFailure, ValueError, RecursionError) as error:
        raise configuration_error() from error
    result = await functions.call(
        call,
        function_of(method, integration),
        event.encode(),
        timeout=integration.timeout,
        source=method_source(call, method),
        credentials=integration.credentials,
    )
    output = result.payload.decode("utf-8", "replace")
    chosen = choose_response(integration.responses, _error_message(output) if result.function_error else None)
    try:
        content_type, body = response_body(call, chosen, output, templates, untouched=output)
        headers = mapped_headers(call, chosen, output, content_type)
    except TemplateFailure as error:
        raise configuration_error() from error
    return Response(chosen.status, headers, body.encode())


def _error_message(output: str) -> str:
    """What selection patterns of a function are matched against: `errorMessage`, and nothing when it succeeded."""
    try:
        error = json.loads(output)
    except ValueError:
        return output
    return str(error.get("errorMessage", "")) if isinstance(error, dict) else output
