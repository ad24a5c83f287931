"""Makes an environment of any family: code, layers, credentials, Runtime API, log stream, process."""

from __future__ import annotations

import asyncio
import base64
import socket
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import FunctionAccess
from groundcloud.runtime import errors, platform_lines
from groundcloud.runtime.bytecode import Bytecode
from groundcloud.runtime.catalog import Catalog
from groundcloud.runtime.code import CodeStore
from groundcloud.runtime.credentials import Credentials, RoleSessions
from groundcloud.runtime.debug.sessions import DebugSession
from groundcloud.runtime.environ import function_environ
from groundcloud.runtime.environment import Environment
from groundcloud.runtime.extensions import not_started
from groundcloud.runtime.families import Family, Plan, family_of
from groundcloud.runtime.families.node import NodeFamily
from groundcloud.runtime.function import Function
from groundcloud.runtime.isolation.isolation import Isolation
from groundcloud.runtime.logs import LogStream, LogWriter
from groundcloud.runtime.platform_log import platform_log
from groundcloud.runtime.runtime_api import RuntimeConnection
from groundcloud.runtime.toolchain import Place, Toolchain, in_sandbox


class Launcher:
    """Starts environments; `families` know how each runtime is run."""

    def __init__(
        self,
        sessions: RoleSessions,
        clock: Clock,
        catalog: Catalog,
        code: CodeStore,
        families: Sequence[Family],
        logs: LogWriter,
        executor: Executor,
        watchers: Executor,
        endpoint_url: str,
        isolation: Isolation,
        access: FunctionAccess | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._access = access
        self._expecting: set[asyncio.Task[None]] = set()
        self._catalog = catalog
        self._code = code
        self._families = families
        self._logs = logs
        self._executor = executor
        self._watchers = watchers
        self._endpoint_url = endpoint_url
        self._isolation = isolation
        self._layers: dict[str, Path] = {}
        self._bytecode = Bytecode()

    async def start(
        self, function: Function, on_idle: Callable[[Environment], None], on_end: Callable[[Environment], None]
    ) -> Environment:
        """A new environment, its process running and starting up. Raises `AwsError`."""
        family = family_of(self._families, function)
        toolchain = await self._toolchain(family, function.runtime)
        credentials, place = await asyncio.gather(self._sessions.get(function), self._place(function, toolchain))
        stream = platform_lines.stream_name(self._clock.now(), function.version, uuid.uuid4().hex)
        log = self._logs.stream(function.scope, function.log_group, stream, function.name)
        log.write(platform_log(function, self._clock).init_start(family.language, toolchain.version))
        if toolchain.warning:
            log.write(toolchain.warning)
        unstarted = not_started(place.packages[1:]) if function.layers else ""
        if unstarted:
            log.write(unstarted)
        debug = self._prepare(function, log)
        environment = Environment(
            function,
            self._clock,
            log,
            on_idle=on_idle,
            on_end=on_end,
            watchers=self._watchers,
            expires=credentials.expires,
            unhurried=debug is not None,
        )
        if debug is not None:
            debug.environment = environment
        await self._run(environment, family, place, credentials, stream, debug)
        self._expect(function)
        if family.language == "python" and function.local is None:
            self._bytecode.compile(place.packages, toolchain.executable, toolchain.version)
        return environment

    def forget(self, account: str = "") -> None:
        """Give the sessions of roles to nobody else; or those of one account."""
        self._sessions.clear(account)

    async def close(self) -> None:
        for task in self._expecting:
            task.cancel()
        await asyncio.gather(*self._expecting, return_exceptions=True)
        await self._bytecode.close()

    def _expect(self, function: Function) -> None:
        """What its role may do is read while the process gets ready, not when its first request comes."""
        if self._access is not None:
            task = asyncio.get_running_loop().create_task(_expect(self._access, function.role))
            self._expecting.add(task)
            task.add_done_callback(self._expecting.discard)

    async def warm(self, runtime: str) -> None:
        """Have ready what makes the first start of a function of `runtime` quick. Raises `AwsError`."""
        family = next((each for each in self._families if each.runs(runtime)), None)
        if not isinstance(family, NodeFamily):
            return
        toolchain = await self._toolchain(family, runtime)
        if await self._sandboxed():
            place = in_sandbox(Path(), None, toolchain, self._endpoint_url)
        else:
            place = Place(Path(), (), toolchain, self._endpoint_url)
        family.warm(place, self._isolation)

    def _prepare(self, function: Function, log: LogStream) -> DebugSession | None:
        """Say in the log what runs in place of what was deployed; the debug session, if this environment takes it."""
        if function.local is None:
            return None
        for warning in function.local.warnings:
            log.write(warning)
        session = function.local.debugger
        return session if session is not None and session.take() else None

    async def _run(
        self,
        environment: Environment,
        family: Family,
        place: Place,
        credentials: Credentials,
        stream: str,
        debug: DebugSession | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        function = environment.function
        listener = socket.create_server(("127.0.0.1", 0))
        runtime_api = f"127.0.0.1:{listener.getsockname()[1]}"
        # The process may connect at once, and is heard when it is watched: an error of its start that came before would
        # be nobody's, and neither be tried again nor told to the call that waits for it.
        server = await loop.create_server(lambda: RuntimeConnection(environment), sock=listener, start_serving=False)
        environ = function_environ(
            function, place, credentials, family.variables(place), log_stream=stream, runtime_api=runtime_api
        )
        start = partial(family.start, Plan(function, place, environ, self._isolation, debug))
        try:
            process = await start()
        except OSError as error:
            server.close()
            raise errors.service_failure(f"its process could not be started: {error}") from error
        # A debugger is attached once.
        environment.attach(server, process, start if debug is None else None)
        await server.start_serving()

    async def _toolchain(self, family: Family, runtime: str) -> Toolchain:
        known = family.known(runtime)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, family.choose, runtime)

    async def _sandboxed(self) -> bool:
        known = self._isolation.known
        if known is not None:
            return known
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._isolation.sandboxed)

    async def _place(self, function: Function, toolchain: Toolchain) -> Place:
        code = await self.task_root(function)
        layers = [await self._layer(function, arn) for arn in function.layers]
        if not await self._sandboxed():
            return Place(code, tuple(layers), toolchain, self._endpoint_url)
        return in_sandbox(code, await self._code.merged(layers), toolchain, self._endpoint_url)

    async def task_root(self, function: Function) -> Path:
        """The folder of the code that runs: saved sources, else the deployed package, unpacked."""
        if function.local is not None and function.local.code is not None:
            return function.local.code
        return await self.package(function)

    async def package(self, function: Function) -> Path:
        """The deployed package, unpacked. Raises `AwsError`."""

        async def fetch() -> bytes:
            return await self._catalog.code(function)

        if function.code_sha:
            digest = base64.b64decode(function.code_sha).hex()
            return await self._code.folder(digest, fetch)
        return await self._code.add(await fetch())

    async def _layer(self, function: Function, arn: str) -> Path:
        # A layer's version never changes.
        known = self._layers.get(arn)
        if known is None:
            known = self._layers[arn] = await self._code.add(await self._catalog.layer(function, arn))
        return known


async def _expect(access: FunctionAccess, role: str) -> None:
    # Who asks for it later is told what is wrong.
    with suppress(AwsError):
        await access.expect(role)
