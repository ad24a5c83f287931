"""AWS_PROXY integrations: event in, proxy response out.

https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
"""

from __future__ import annotations

import asyncio
import json
import logging

from groundcloud.errors import AwsError
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, bad_gateway, configuration_error
from groundcloud.gateway.event import proxy_event
from groundcloud.gateway.model import Integration, Method
from groundcloud.gateway.permission import Permissions
from groundcloud.gateway.proxy_response import parse_proxy_response
from groundcloud.http import Response
from groundcloud.ports import FunctionInvoker, Invocation, InvokeResult

log = logging.getLogger("groundcloud.gateway")


class LambdaProxy:
    """Calls functions for the gateway. A call that outlives the integration's timeout goes on by itself, as on AWS."""

    def __init__(self, functions: FunctionInvoker, permissions: Permissions) -> None:
        self._functions = functions
        self._permissions = permissions
        self._outlived: set[asyncio.Task[InvokeResult]] = set()

    async def answer(self, call: Call, method: Method, integration: Integration) -> Response:
        """The function's response. Raises `GatewayError`."""
        function = integration.function
        if function is None:
            log.warning("%s %s: no function in the URI %r", method.http_method, method.resource_path, integration.uri)
            raise configuration_error()
        if integration.http_method != "POST":
            # Recorded on AWS: Lambda is only ever called by POST, whatever the method of the API.
            log.warning("%s %s: integration method must be POST", method.http_method, method.resource_path)
            raise configuration_error()
        if integration.credentials is None and not await self._permissions.granted(call, method, function):
            log.warning(
                "%s may not be invoked by API %s: add a permission for apigateway.amazonaws.com",
                function.function,
                call.stage.api_id,
            )
            raise configuration_error()
        invocation = Invocation(
            function=function.function,
            payload=json.dumps(proxy_event(call), ensure_ascii=False, separators=(",", ":")).encode(
                "utf-8", "surrogatepass"
            ),
            scope=function.scope,
            qualifier=function.qualifier,
            trace_header=call.trace.header,
        )
        result = await self._invoke(invocation, integration.timeout)
        if result.function_error:
            raise bad_gateway()
        return parse_proxy_response(result.payload, call)

    async def _invoke(self, invocation: Invocation, timeout: float) -> InvokeResult:
        task = asyncio.ensure_future(self._functions.invoke(invocation))
        self._outlived.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait((task,), timeout=timeout)
        if not done:
            raise GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out")
        try:
            return task.result()
        except AwsError as error:
            # A function that is missing or throttled: "Execution failed due to configuration error" in AWS's logs.
            log.warning("%s: %s", invocation.function, error)
            raise configuration_error() from error

    def _finished(self, task: asyncio.Task[InvokeResult]) -> None:
        self._outlived.discard(task)
        if not task.cancelled():
            task.exception()  # seen: a call that nobody waits for any more must not warn of its error
