"""AWS_PROXY integrations: event in, proxy response out.

https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
"""

from __future__ import annotations

import logging

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import bad_gateway, configuration_error
from groundcloud.gateway.event import proxy_event
from groundcloud.gateway.functions import Functions, json_bytes
from groundcloud.gateway.model import Integration, LambdaFunction, Method
from groundcloud.gateway.permission import method_source
from groundcloud.gateway.proxy_response import parse_proxy_response
from groundcloud.http import Response

log = logging.getLogger("groundcloud.gateway")


async def answer(call: Call, method: Method, integration: Integration, functions: Functions) -> Response:
    """The function's response. Raises `GatewayError`."""
    result = await functions.call(
        call,
        function_of(method, integration),
        json_bytes(proxy_event(call)),
        timeout=integration.timeout,
        source=method_source(call, method),
        credentials=integration.credentials,
    )
    if result.function_error:
        raise bad_gateway()
    return parse_proxy_response(result.payload, call)


def function_of(method: Method, integration: Integration) -> LambdaFunction:
    """The function that an integration names. Raises `GatewayError` when it cannot be called."""
    if integration.function is None:
        log.warning("%s %s: no function in the URI %r", method.http_method, method.resource_path, integration.uri)
        raise configuration_error()
    if integration.http_method != "POST":
        # Recorded on AWS: Lambda is only ever called by POST, whatever the method of the API.
        log.warning("%s %s: integration method must be POST", method.http_method, method.resource_path)
        raise configuration_error()
    return integration.function
