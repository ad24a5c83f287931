"""Calling functions for API Gateway: its permission, its time limit, its way of failing."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import orjson

from groundcloud.errors import AwsError
from groundcloud.gateway import steps
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.model import LambdaFunction
from groundcloud.gateway.permission import Permissions
from groundcloud.gateway.role_permission import RolePermissions
from groundcloud.http import Headers, Response
from groundcloud.ports import AwsCaller, FunctionInvoker, Invocation, InvokeResult

log = logging.getLogger("groundcloud.gateway")


class Functions:
    """Calls functions. A call that outlives its time limit goes on by itself, as on AWS."""

    def __init__(
        self, invoker: FunctionInvoker, permissions: Permissions, roles: RolePermissions, engine: AwsCaller
    ) -> None:
        self._invoker = invoker
        self._roles = roles
        self._engine = engine
        self._permissions = permissions
        self._outlived: set[asyncio.Task[InvokeResult]] = set()

    async def call(
        self,
        call: Call,
        function: LambdaFunction,
        payload: bytes,
        *,
        timeout: float,
        source: str,
        credentials: str | None,
    ) -> InvokeResult:
        """What `function` answers. `source` is the ARN that its policy must let in, unless the API has `credentials`
        (a role) that may; `timeout` in seconds. Raises `GatewayError`."""
        if credentials is not None:
            if not await self._roles.granted(credentials, function):
                raise _closed(function, credentials)
        elif not await self._permissions.granted(function, source, call.stage.scope.account):
            raise _closed(function, source)
        invocation = Invocation(
            function=function.function,
            payload=payload,
            scope=function.scope,
            qualifier=function.qualifier,
            trace_header=call.trace.header,
        )
        begun = time.monotonic() if call.notes is not None else 0.0
        if call.notes is not None:
            _note_request(call, invocation)
        try:
            result = await self._in_time(invocation, timeout)
            if call.notes is not None:
                _note_result(call, result, time.monotonic() - begun)
            return result
        except AwsError as error:
            # A function that is missing or throttled: "Execution failed due to configuration error" in AWS's logs.
            log.warning("%s: %s", invocation.function, error)
            raise configuration_error() from error

    async def _in_time(self, invocation: Invocation, timeout: float) -> InvokeResult:
        """Raises `AwsError`, and `GatewayError` when it takes longer than `timeout` seconds; then the call goes on."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        task = loop.create_task(self._run(invocation, over))
        timer = loop.call_later(timeout, _set, over)
        try:
            await over
        finally:
            timer.cancel()
            if not task.done():
                self._outlived.add(task)
                task.add_done_callback(self._finished)
        if not task.done():
            raise GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out")
        return task.result()

    async def _run(self, invocation: Invocation, over: asyncio.Future[None]) -> InvokeResult:
        try:
            return await self._invoker.invoke(invocation)
        finally:
            # Here, not in a callback of the task: whoever waits is woken one turn of the loop earlier.
            _set(over)

    async def send(
        self, call: Call, function: LambdaFunction, payload: bytes, *, source: str, credentials: str | None
    ) -> None:
        """Hand an event to `function` without waiting for it. Raises `GatewayError`."""
        if credentials is not None:
            if not await self._roles.granted(credentials, function):
                raise _closed(function, credentials)
        elif not await self._permissions.granted(function, source, call.stage.scope.account):
            raise _closed(function, source)
        params = {"FunctionName": function.function, "InvocationType": "Event", "Payload": payload}
        if function.qualifier:
            params["Qualifier"] = function.qualifier
        try:
            await self._engine.call("lambda", "Invoke", params, scope=function.scope)
        except AwsError as error:
            log.warning("%s: %s", function.function, error)
            raise configuration_error() from error

    def _finished(self, task: asyncio.Task[InvokeResult]) -> None:
        self._outlived.discard(task)
        if not task.cancelled():
            task.exception()  # seen: a call that nobody waits for any more must not warn of its error


def _set(over: asyncio.Future[None]) -> None:
    if not over.done():
        over.set_result(None)


def _closed(function: LambdaFunction, source: str) -> GatewayError:
    """`source` is an API's ARN, or that of its role."""
    wanted = "allow it lambda:InvokeFunction" if ":role/" in source else "add a permission for apigateway.amazonaws.com"
    log.warning("%s may not be invoked by %s: %s", function.function, source, wanted)
    return configuration_error()


def _note_request(call: Call, invocation: Invocation) -> None:
    name = invocation.function + (f":{invocation.qualifier}" if invocation.qualifier else "")
    url = f"https://lambda.{invocation.scope.region}.amazonaws.com/2015-03-31/functions/{name}/invocations"
    steps.sending(call, url, [("X-Amzn-Trace-Id", invocation.trace_header or "")], invocation.payload)


def _note_result(call: Call, result: InvokeResult, seconds: float) -> None:
    headers = [("x-amzn-RequestId", result.request_id), ("X-Amz-Executed-Version", result.executed_version)]
    if result.function_error:
        headers.append(("X-Amz-Function-Error", result.function_error))
    steps.received(call, Response(200, Headers(headers), result.payload), seconds)


def json_bytes(event: Any) -> bytes:
    """An event as the functions get it."""
    try:
        return orjson.dumps(event)
    except TypeError:
        # Half of a surrogate pair, a number of more than 64 bits: what Python's own module writes all the same.
        return _any_json_bytes(event)


def _any_json_bytes(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
