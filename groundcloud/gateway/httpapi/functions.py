"""Calling functions for HTTP and WebSocket APIs: their permission, their time limit, their way of failing."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.errors import server_error, unavailable
from groundcloud.gateway.model import LambdaFunction
from groundcloud.gateway.permission import Permissions
from groundcloud.ports import FunctionInvoker, Invocation, InvokeResult

log = logging.getLogger("groundcloud.gateway")


class Functions:
    """Calls functions. A call that outlives its time limit goes on by itself, as on AWS."""

    def __init__(self, invoker: FunctionInvoker, permissions: Permissions) -> None:
        self._invoker = invoker
        self._permissions = permissions
        self._running: set[asyncio.Task[InvokeResult]] = set()

    async def call(
        self,
        function: LambdaFunction,
        event: Any,
        *,
        account: str,
        trace: str | None,
        timeout: float,
        source: str,
        credentials: str | None,
    ) -> InvokeResult:
        """What `function` answers to `event`. `source` is the ARN that its policy must let in, unless the API (of
        `account`) has a role, `credentials`, for it; `timeout` in seconds. Raises `HttpApiError`."""
        if credentials is None and not await self._permissions.granted(function, source, account):
            log.warning(
                "%s may not be invoked by %s: add a permission for apigateway.amazonaws.com", function.function, source
            )
            raise server_error(
                f"The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
                f"integration. Check the permissions and try again. ({source} may not invoke {function.function})"
            )
        invocation = Invocation(
            function.function, json_bytes(event), function.scope, qualifier=function.qualifier, trace_header=trace
        )
        task = asyncio.ensure_future(self._invoker.invoke(invocation))
        self._running.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait((task,), timeout=timeout)
        if not done:
            raise unavailable(f"{function.function} took longer than {timeout:g} s")
        try:
            return task.result()
        except AwsError as error:
            log.warning("%s: %s", function.function, error)
            raise server_error(str(error)) from error

    def _finished(self, task: asyncio.Task[InvokeResult]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: a call that nobody waits for any more must not warn of its error


def json_bytes(event: Any) -> bytes:
    """An event as the functions get it."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
