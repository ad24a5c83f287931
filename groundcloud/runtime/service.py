"""The Lambda runtime: what runs functions, whoever calls them.

    Invoke API ─┐
    gateway ────┼─► Runtime ─► Catalog (what is it?) ─► Pools (who is free?) ─► Environment (run it)
    engine ─────┘                                          └─► Launcher (make one)

Everything runs on one event loop. A warm call makes no thread and asks nobody: it finds the function by the
generation of the control plane, takes the freshest idle environment and writes the event to its open connection.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import Changes, ControlRoute, Engine, Invocation, InvokeResult, Scope
from groundcloud.runtime import invoke_api, limits
from groundcloud.runtime.catalog import Catalog
from groundcloud.runtime.code import CodeStore
from groundcloud.runtime.environment import Call, Outcome
from groundcloud.runtime.events import EventQueue
from groundcloud.runtime.families.python import PythonFamily
from groundcloud.runtime.function import Function, Reference, parse_reference, read_function, scope_of_config
from groundcloud.runtime.interpreters import Interpreters
from groundcloud.runtime.launcher import Launcher
from groundcloud.runtime.logs import LogWriter
from groundcloud.runtime.metrics import MetricWriter
from groundcloud.runtime.pool import Pools
from groundcloud.runtime.sources import SourceRegistry, source_routes
from groundcloud.runtime.tracing import trace_header

_log = logging.getLogger(__name__)

_THREADS = 4


class Runtime:
    """Implements `ports.FunctionInvoker`. States: made → `start()` → running → `stop()` → stopped.

    `work_dir` holds what can be made again (unpacked code, links to modules); `state_dir` the registry of sources,
    which takes folders under `app_root` only. `pure_client` forces our own Python runtime client.
    """

    def __init__(
        self,
        engine: Engine,
        changes: Changes,
        endpoint_url: str,
        work_dir: Path,
        clock: Clock,
        default_scope: Scope,
        *,
        state_dir: Path | None = None,
        app_root: Path | None = None,
        pure_client: bool = False,
    ) -> None:
        work_dir = work_dir.resolve()
        self._clock = clock
        self._default_scope = default_scope
        # Threads of our own: the engine may fill the loop's with calls that wait for us.
        self._executor = ThreadPoolExecutor(_THREADS, "groundcloud-runtime")
        self._catalog = Catalog(engine, changes)
        self._code = CodeStore(work_dir / "code", self._executor)
        self._logs = LogWriter(engine, clock)
        self._metrics = MetricWriter(engine)
        self._launcher = Launcher(
            engine,
            clock,
            self._catalog,
            self._code,
            [PythonFamily(Interpreters(work_dir, pure=pure_client), self._executor)],
            self._logs,
            self._executor,
            endpoint_url,
        )
        self._pools = Pools(self._launcher.start, clock)
        self._events = EventQueue()
        self._sources = SourceRegistry(state_dir or work_dir / "state", app_root or Path())
        self._tasks: list[asyncio.Task[None]] = []

    # life

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._code.prune)
        self._events.start()
        self._tasks = [
            loop.create_task(_keep_going("logs", self._logs.run)),
            loop.create_task(_keep_going("metrics", self._metrics.run)),
            loop.create_task(_keep_going("idle environments", self._reap)),
        ]

    async def stop(self) -> None:
        """End every environment, then write what is left of logs and metrics."""
        await self._events.stop()
        await self._pools.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush_logs()
        await self._metrics.flush()
        self._executor.shutdown(wait=False)

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(limits.REAP_SECONDS)
            self._pools.reap()

    async def flush_logs(self) -> None:
        """Write every log line of calls that have been answered: a reader who waits for this sees them all."""
        # The last lines of a call are written just after its answer.
        await asyncio.sleep(0)
        await self._logs.flush()

    async def flush_metrics(self) -> None:
        await asyncio.sleep(0)
        await self._metrics.flush()

    def routes(self) -> list[ControlRoute]:
        return source_routes(self._sources)

    # ways in

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        """Run a function to its end. Raises `AwsError` when it cannot be run; see `FunctionInvoker`."""
        reference = parse_reference(invocation.function, invocation.scope, invocation.qualifier)
        function = await self._find(reference)
        return await self._invoke(function, reference, invocation)

    async def handle_invoke(self, request: Request, function: str, qualifier: str | None, scope: Scope) -> Response:
        """The `Invoke` operation: POST /2015-03-31/functions/{name}/invocations. Raises `AwsError`."""
        asked = invoke_api.read_invoke(request)
        reference = parse_reference(function, scope, qualifier)
        found = await self._find(reference)
        if asked.kind == "DryRun":
            return invoke_api.dry_run(found.version)
        trace = trace_header(asked.trace_header, self._clock.now())
        invocation = Invocation(
            reference.name,
            asked.payload,
            reference.scope,
            reference.qualifier,
            trace,
            asked.client_context,
            asked.wants_tail,
        )
        if asked.kind == "Event":
            self._events.put(reference.arn, partial(self._invoke, found, reference, invocation))
            return invoke_api.accepted()
        result = await self._invoke(found, reference, invocation)
        return invoke_api.answer(result, with_log=asked.wants_tail, trace_header=trace)

    async def invoke_from_engine(
        self, config: dict[str, Any], code_zip: bytes | None, event: object, request_id: str
    ) -> dict[str, Any]:
        """An invocation that began inside the engine (a stream, a notification, a trigger).

        `config` is the function's configuration and `code_zip` its package, as the engine has them. Returns the
        engine's own result: ``body`` (the parsed answer) and ``log``; with ``error`` and ``function_error`` when the
        function failed; with ``throttle`` when it was not run for lack of concurrency.
        """
        try:
            scope = scope_of_config(config, self._default_scope)
            function = await self._from_engine(config, code_zip or b"", scope)
            arn = str(config.get("FunctionArn") or Reference(scope, function.name, None).arn)
            payload = json.dumps(event).encode()
            call = Call(request_id, payload, arn, trace_header(None, self._clock.now()), wants_tail=True)
            outcome = await self._run(function, call)
        except AwsError as error:
            return _engine_refusal(error)
        return _engine_result(outcome)

    async def _from_engine(self, config: dict[str, Any], code_zip: bytes, scope: Scope) -> Function:
        function = read_function(config, scope)
        if function.package_type == "Zip" and not self._code.has(function.code_sha):
            # Keep the code: the control plane hands out the code of an older version only here.
            await self._code.add(code_zip)
            function = replace(function, code_sha=b64encode(hashlib.sha256(code_zip).digest()).decode())
        known = self._pools.pool_of(function.key)
        return replace(function, reserved=known.function.reserved) if known is not None else function

    # one call

    async def _find(self, reference: Reference) -> Function:
        function = self._catalog.cached(reference)
        if function is not None:
            return function
        try:
            return await self._catalog.find(reference)
        except AwsError as error:
            if error.code == "ResourceNotFoundException" and reference.qualifier is None:
                self._pools.forget(reference.scope, reference.name)
            raise

    async def _invoke(self, function: Function, reference: Reference, invocation: Invocation) -> InvokeResult:
        call = Call(
            new_request_id(),
            invocation.payload,
            reference.arn,
            trace_header(invocation.trace_header, self._clock.now()),
            invocation.client_context,
            invocation.tail_log,
        )
        outcome = await self._run(function, call)
        return InvokeResult(
            outcome.payload,
            call.request_id,
            function.version,
            "Unhandled" if outcome.failed else None,
            outcome.tail,
        )

    async def _run(self, function: Function, call: Call) -> Outcome:
        try:
            outcome = await self._pools.run(function, call)
        except AwsError as error:
            if error.code == "TooManyRequestsException":
                self._metrics.throttled(function.scope, function.name)
            raise
        self._metrics.invoked(
            function.scope,
            function.name,
            duration=outcome.duration,
            error=outcome.failed,
            concurrency=self._pools.concurrency(function) + 1,
        )
        return outcome


async def _keep_going(what: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a background loop for ever: an unforeseen failure is logged, and it begins again."""
    while True:
        try:
            await run()
        except Exception:  # noqa: BLE001  a background poller lives on
            _log.exception("the background work on %s broke; it begins again", what)
            await asyncio.sleep(1)


def _engine_result(outcome: Outcome) -> dict[str, Any]:
    try:
        body: Any = json.loads(outcome.payload) if outcome.payload else None
    except ValueError:
        body = outcome.payload.decode("utf-8", "replace")
    result: dict[str, Any] = {"body": body, "log": outcome.tail.decode("utf-8", "replace")}
    if outcome.failed:
        result.update(error=True, function_error="Unhandled")
    return result


def _engine_refusal(error: AwsError) -> dict[str, Any]:
    if error.code != "TooManyRequestsException":
        body = {"errorType": error.code, "errorMessage": error.message}
        return {"body": body, "log": "", "error": True, "function_error": "Unhandled"}
    throttled = {"__type": error.code, "message": error.message, "retryAfterSeconds": "1", **error.fields}
    return {"body": throttled, "log": "", "error": True, "throttle": True}
