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
import random
from base64 import b64encode
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response, StreamedResponse
from groundcloud.ports import Changes, ControlRoute, Engine, FunctionAccess, Invocation, InvokeResult, Scope, Scopes
from groundcloud.runtime import invoke_api, limits, memory
from groundcloud.runtime.ahead import Ahead
from groundcloud.runtime.asynchronous import EventQueue
from groundcloud.runtime.asynchronous.event import Event, Policy
from groundcloud.runtime.catalog import Catalog, VersionCode
from groundcloud.runtime.changed import ChangeWatch
from groundcloud.runtime.code import CodeStore
from groundcloud.runtime.credentials import RoleSessions
from groundcloud.runtime.debug.desk import DebugDesk
from groundcloud.runtime.environment import Call, Outcome
from groundcloud.runtime.families.blanks import Blanks
from groundcloud.runtime.families.node import NodeFamily
from groundcloud.runtime.families.provided import ProvidedFamily
from groundcloud.runtime.families.python import PythonFamily
from groundcloud.runtime.from_engine import engine_refusal, engine_result
from groundcloud.runtime.function import Function, Reference, choose, parse_reference, read_function, scope_of_config
from groundcloud.runtime.interpreters import Interpreters
from groundcloud.runtime.isolation.isolation import Isolation
from groundcloud.runtime.launcher import Launcher
from groundcloud.runtime.log_feed import LogFeed
from groundcloud.runtime.logs import LogWriter
from groundcloud.runtime.mapped import MappedBatches
from groundcloud.runtime.metrics import MetricWriter
from groundcloud.runtime.nodes import Nodes
from groundcloud.runtime.pool import Pools
from groundcloud.runtime.provisioned import PROVISIONED_FILE, Provisioned
from groundcloud.runtime.reload import Reload
from groundcloud.runtime.response_stream import ResponseStream
from groundcloud.runtime.runspans import RunSpans
from groundcloud.runtime.sources import SourceRegistry, source_routes
from groundcloud.runtime.streamed_call import StreamedCall, frames
from groundcloud.runtime.tracing import trace_header
from groundcloud.runtime.warmth import warmth_routes
from groundcloud.spans import SpanSink

_log = logging.getLogger(__name__)

_THREADS = 4
_WATCHERS = 8


class Runtime:
    """Implements `ports.FunctionInvoker`. States: made → `start()` → running → `stop()` → stopped.

    `work_dir` holds what can be made again (unpacked code, links to modules); `state_dir` the registry of sources,
    which takes folders under `app_root` only. `pure_client` forces our own Python runtime client; without `isolation`
    functions are started, not forked, and see this host's files, as on macOS; without `reload` the deployed packages
    run, whatever is saved. `version_code` hands out what the control plane's GetFunction does not: old versions'
    packages. `memory_budget` is MB for all environments together, 0 for half of the machine's. `chance` (0 ≤ x < 1)
    chooses between an alias's versions. `access` knows what functions' roles may do; `scopes` where functions may be;
    `spans` takes what ran, None when no traces are kept.
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
        isolation: bool | Isolation = True,
        reload: bool = True,
        memory_budget: int = 0,
        version_code: VersionCode | None = None,
        chance: Callable[[], float] = random.random,
        access: FunctionAccess | None = None,
        scopes: Scopes | None = None,
        spans: SpanSink | None = None,
    ) -> None:
        work_dir = work_dir.resolve()
        self._clock = clock
        self._default_scope = default_scope
        # Threads of our own: the engine may fill the loop's with calls that wait for us.
        self._executor = ThreadPoolExecutor(_THREADS, "groundcloud-runtime")
        # To look at hostile functions may take long; none of them must hold up the start of others.
        self._watchers = ThreadPoolExecutor(_WATCHERS, "groundcloud-watch")
        self._chance, self._spans = chance, RunSpans(spans)
        self._catalog = Catalog(engine, changes, self._code_of_version(version_code) if version_code else None)
        self._code, self._feed = CodeStore(work_dir / "code", self._executor), LogFeed(default_scope)
        self._logs, self._metrics = LogWriter(engine, clock, self._feed), MetricWriter(engine)
        self._isolation = isolation if isinstance(isolation, Isolation) else Isolation(wanted=isolation)
        self._python = PythonFamily(Interpreters(work_dir, pure=pure_client), self._executor, self._isolation)
        self._blanks = Blanks(work_dir / "blank", self._executor, lambda more: self._pools.has_room(more))
        self._launcher = Launcher(
            RoleSessions(engine, clock, changes),
            clock,
            self._catalog,
            self._code,
            [self._python, NodeFamily(Nodes(), self._executor, self._blanks), ProvidedFamily(self._executor)],
            self._logs,
            self._executor,
            self._watchers,
            endpoint_url,
            self._isolation,
            access,
        )
        self._pools = Pools(self._launcher.start, clock, memory_budget or memory.default_budget(), self._blanks)
        self._ahead = Ahead(engine, changes, scopes.known if scopes else lambda: [default_scope], self._launcher.warm)
        self._watch = ChangeWatch(changes, self._catalog, self._pools)
        state = state_dir or work_dir / "state"
        self.provisioned = Provisioned(engine, self._catalog, self._pools, changes, clock, state / PROVISIONED_FILE)
        events_file = state / "async-events.json"
        self._events = EventQueue(self._run_event, self._policy, engine, self._metrics, clock, events_file, access)
        self._mapped = MappedBatches(self.invoke_from_engine, engine, changes, clock, default_scope, access)
        self._sources = SourceRegistry(state, app_root or Path())
        self._reload = Reload(self._sources, self._launcher.package, work_dir / "saved", self._executor, is_on=reload)
        self._debug = DebugDesk(self._find, self._sources, work_dir / "debugger", default_scope)
        self._tasks: list[asyncio.Task[None]] = []

    # life

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._code.prune)
        loop.run_in_executor(self._executor, self._python.warm)
        self._reload.start()
        self._events.start()
        self._tasks = [
            loop.create_task(_keep_going("logs", self._logs.run)),
            loop.create_task(_keep_going("metrics", self._metrics.run)),
            loop.create_task(_keep_going("idle environments", self._reap)),
            loop.create_task(_keep_going("memory of environments", self._measure)),
            loop.create_task(_keep_going("changes of functions", self._watch.run)),
            loop.create_task(_keep_going("provisioned concurrency", self.provisioned.run)),
            loop.create_task(self._ahead.run()),
        ]

    async def stop(self) -> None:
        """End every environment, then write what is left of logs and metrics."""
        loop = asyncio.get_running_loop()
        self._reload.stop()
        await self._events.stop()
        await self._mapped.close()
        await self._pools.close()
        await self._blanks.close()
        await self._launcher.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush_logs()
        await self._metrics.flush()
        await loop.run_in_executor(self._executor, self._isolation.close)
        self._executor.shutdown(wait=False)
        self._watchers.shutdown(wait=False)

    async def reset(self, account: str = "") -> None:
        """End every environment and every session of a debugger, and forget what waits: events, lines, metrics. Of one
        account, only its functions'; what they have logged is still written, into groups that the account has lost."""
        self._events.clear(account)
        self._debug.clear(account)
        self.provisioned.clear(account)
        self._mapped.clear(account)
        await self._pools.reset(account)
        self._launcher.forget(account)
        self._sources.clear(account)
        if not account:
            self._logs.clear()
            self._metrics.clear()
            self._catalog.clear()
            self._reload.clear()

    async def reset_account(self, account: str) -> None:
        await self.reset(account)

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(limits.REAP_SECONDS)
            self._pools.reap()

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(limits.MEASURE_SECONDS)
            environments, blanks = self._pools.to_measure(), self._blanks.to_measure()
            if not environments and not blanks:
                continue
            roots = [environment.root for environment in environments] + [blank.process.root for blank in blanks]
            found = await loop.run_in_executor(self._watchers, memory.measure, roots)
            for blank, megabytes in zip(blanks, found[len(environments) :], strict=True):
                blank.measured(megabytes)
            self._pools.measured(environments, found[: len(environments)])

    async def flush_logs(self) -> None:
        """Write every log line of calls that have been answered: a reader who waits for this sees them all."""
        await self._logs.flush()

    async def flush_metrics(self) -> None:
        await asyncio.sleep(0)
        await self._metrics.flush()

    def routes(self) -> list[ControlRoute]:
        warmth = warmth_routes(self._find, self._pools, self._default_scope)
        return [*source_routes(self._sources), *self._debug.routes(), *warmth, *self._feed.routes()]

    def end_streams(self) -> None:
        """Let go of those who follow the log, who would never go by themselves: the cloud is about to stop."""
        self._feed.close()

    # ways in

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        """Run a function to its end. Raises `AwsError` when it cannot be run; see `FunctionInvoker`."""
        reference = parse_reference(invocation.function, invocation.scope, invocation.qualifier)
        function = await self._find(reference)
        return await self._invoke(function, reference, invocation)

    async def handle_invoke(
        self, request: Request, function: str, qualifier: str | None, scope: Scope, *, counted: bool = False
    ) -> Response:
        """The `Invoke` operation: POST /2015-03-31/functions/{name}/invocations. Raises `AwsError`.

        `counted`: the engine, which let the call pass, puts its metrics.
        """
        asked = invoke_api.read_invoke(request)
        reference = parse_reference(function, scope, qualifier)
        found = await self._find(reference)
        if asked.kind == "DryRun":
            return invoke_api.dry_run(found.version)
        trace = trace_header(asked.trace_header, self._clock.now())
        if asked.kind == "Event":
            request_id = self._queue(reference, asked.payload, trace, asked.client_context)
            if counted:
                self._metrics.counted_already(reference.scope, reference.name)
            return invoke_api.accepted(request_id, found.version)
        call = Call(new_request_id(), asked.payload, reference.arn, trace, asked.client_context, asked.wants_tail)
        outcome = await self._run(found, call, reference.resource, counted=counted)
        result = _result(found, call, outcome)
        return invoke_api.answer(result, with_log=asked.wants_tail, trace_header=trace)

    async def handle_streaming_invoke(
        self, request: Request, function: str, qualifier: str | None, scope: Scope, *, counted: bool = False
    ) -> Response:
        """`InvokeWithResponseStream`: POST /2021-11-15/functions/{name}/response-streaming-invocations. Raises
        `AwsError` when the call cannot be run; what goes wrong later is told at the end of the stream."""
        asked = invoke_api.read_invoke(request, streamed=True)
        reference = parse_reference(function, scope, qualifier)
        found = await self._find(reference)
        if asked.kind == "DryRun":
            return invoke_api.dry_run(found.version)
        trace = trace_header(asked.trace_header, self._clock.now())
        call = Call(new_request_id(), asked.payload, reference.arn, trace, asked.client_context, asked.wants_tail)
        streamed = await self._stream(found, call, reference.resource, counted=counted)
        head = invoke_api.stream_headers(call.request_id, found.version, trace)
        return StreamedResponse(200, head, chunks=frames(streamed, with_log=asked.wants_tail))

    async def stream_url(self, reference: Reference, event: bytes, request_id: str, trace: str) -> StreamedCall:
        """A request of a function URL that streams. Raises `AwsError`."""
        function = await self._find(reference)
        return await self._stream(function, Call(request_id, event, reference.arn, trace), reference.resource)

    async def _stream(self, function: Function, call: Call, resource: str, *, counted: bool = False) -> StreamedCall:
        call.stream = ResponseStream()
        streamed = StreamedCall(call.stream, self._run(function, call, resource, counted=counted))
        await streamed.begin()
        return streamed

    async def call_url(self, reference: Reference, event: bytes, request_id: str, trace: str) -> tuple[bytes, bool]:
        """A request of a function URL: what the function returned, and whether it failed. Raises `AwsError`."""
        function = await self._find(reference)
        call = Call(request_id, event, reference.arn, trace)
        outcome = await self._run(function, call, reference.resource)
        return outcome.payload, outcome.failed

    @property
    def invoke_for_engine(self) -> Callable[..., Coroutine[Any, Any, dict[str, Any]]]:
        """`invoke_from_engine`, with batches of streams and queues as their mappings want them."""
        return self._mapped.invoke

    async def invoke_from_engine(
        self,
        config: dict[str, Any],
        code_zip: bytes | None,
        event: object,
        request_id: str,
        *,
        asynchronous: bool = False,
    ) -> dict[str, Any]:
        """An invocation that began inside the engine (a stream, a notification, a trigger).

        `config` is the function's configuration and `code_zip` its package, as the engine has them. Returns the
        engine's own result: ``body`` (the parsed answer) and ``log``; with ``error`` and ``function_error`` when the
        function failed; with ``throttle`` when it was not run for lack of concurrency. An `asynchronous` one is queued,
        and the result is empty.
        """
        try:
            scope = scope_of_config(config, self._default_scope)
            arn = str(config.get("FunctionArn") or Reference(scope, config["FunctionName"], None).arn)
            payload, trace = json.dumps(event).encode(), trace_header(None, self._clock.now())
            reference = parse_reference(arn, scope)
            if asynchronous:
                self._queue(reference, payload, trace)
                return {"body": None, "log": ""}
            function = self.provisioned.of(reference, await self._from_engine(config, code_zip or b"", scope))
            call = Call(request_id, payload, arn, trace, wants_tail=True)
            outcome = await self._run(function, call, reference.resource)
        except AwsError as error:
            return engine_refusal(error)
        return engine_result(outcome, event)

    async def _from_engine(self, config: dict[str, Any], code_zip: bytes, scope: Scope) -> Function:
        function = read_function(config, scope)
        if function.package_type == "Zip" and not self._code.has(function.code_sha):
            # Keep the code: the control plane hands out the code of an older version only here.
            await self._code.add(code_zip)
            function = replace(function, code_sha=b64encode(hashlib.sha256(code_zip).digest()).decode())
        known = self._pools.pool_of(function)
        return replace(function, reserved=known.function.reserved) if known is not None else function

    # asynchronous calls

    def _queue(self, reference: Reference, payload: bytes, trace: str, client_context: str | None = None) -> str:
        """Put an event into the queue; returns its request id. Raises `AwsError` when too many wait."""
        now, request_id = self._clock.now(), new_request_id()
        self._events.put(Event(request_id, reference, payload, trace, now, now, client_context))
        return request_id

    async def _run_event(self, event: Event) -> InvokeResult:
        function = await self._find(event.reference)
        call = Call(event.request_id, event.payload, event.reference.arn, event.trace, event.client_context)
        return _result(function, call, await self._run(function, call, event.reference.resource))

    async def _policy(self, event: Event) -> Policy:
        return await self._catalog.policy(event.reference)

    # one call

    def _code_of_version(self, version_code: VersionCode) -> VersionCode:
        async def counted(scope: Scope, function: str, version: str) -> bytes:
            package = await version_code(scope, function, version)
            # Asking for it is an Invoke to the engine, which counts one; the call that asks is counted by it.
            self._metrics.counted_already(scope, function)
            return package

        return counted

    async def _find(self, reference: Reference) -> Function:
        """The function, and of a weighted alias the version that chance gives this call. Raises `AwsError`."""
        function = self._catalog.cached(reference) or await self._ask(reference)
        if function.weights:
            version = choose(function.version, function.weights, self._chance())
            function = await self._find(Reference(reference.scope, reference.name, version))
        return self.provisioned.of(reference, function)

    async def _ask(self, reference: Reference) -> Function:
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
        return _result(function, call, await self._run(function, call, reference.resource))

    async def _run(self, function: Function, call: Call, resource: str = "", *, counted: bool = False) -> Outcome:
        function = self._debug.current(self._reload.current(function) or await self._reload.settle(function))
        scope, name = function.scope, function.name
        with self._spans.running(function, call) as ran, self._metrics.running(scope, name, resource):
            try:
                outcome = await self._pools.run(function, call)
            except AwsError as error:
                if error.code == "TooManyRequestsException":
                    self._metrics.throttled(scope, name, resource=resource, counted=counted)
                raise
            ran.ended(outcome)
            self._metrics.invoked(
                scope, name, duration=outcome.duration, error=outcome.failed, resource=resource, counted=counted
            )
        if function.provided_for:
            self._metrics.provided(scope, name, resource, call.provided)
        return outcome


async def _keep_going(what: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run a background loop for ever: an unforeseen failure is logged, and it begins again."""
    while True:
        try:
            await run()
        except Exception:  # noqa: BLE001  a background poller lives on
            _log.exception("the background work on %s broke; it begins again", what)
            await asyncio.sleep(1)


def _result(function: Function, call: Call, outcome: Outcome) -> InvokeResult:
    error = "Unhandled" if outcome.failed else None
    return InvokeResult(outcome.payload, call.request_id, function.version, error, outcome.tail)
