"""Makes an environment: code, interpreter, credentials, Runtime API, process."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.ports import AwsCaller
from groundcloud.runtime import errors, platform_lines
from groundcloud.runtime.catalog import Catalog
from groundcloud.runtime.code import CodeStore
from groundcloud.runtime.credentials import Credentials, assume_role
from groundcloud.runtime.environ import Place, function_environ
from groundcloud.runtime.environment import Environment
from groundcloud.runtime.function import Function
from groundcloud.runtime.interpreters import Interpreter, Interpreters
from groundcloud.runtime.logs import LogWriter
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.runtime_api import RuntimeConnection

LAUNCH = Path(__file__).parent / "python" / "launch.py"


class Launcher:
    """Starts environments of Python functions."""

    def __init__(
        self,
        aws: AwsCaller,
        clock: Clock,
        catalog: Catalog,
        code: CodeStore,
        interpreters: Interpreters,
        logs: LogWriter,
        executor: Executor,
        endpoint_url: str,
    ) -> None:
        self._aws = aws
        self._clock = clock
        self._catalog = catalog
        self._code = code
        self._interpreters = interpreters
        self._logs = logs
        self._executor = executor
        self._endpoint_url = endpoint_url
        self._layers: dict[str, Path] = {}

    async def start(
        self, function: Function, on_idle: Callable[[Environment], None], on_end: Callable[[Environment], None]
    ) -> Environment:
        """A new environment, its process running and starting up. Raises `AwsError`."""
        if function.package_type == "Image":
            raise errors.unsupported("functions deployed as container images")
        loop = asyncio.get_running_loop()
        interpreter = self._interpreters.known(function.runtime)
        if interpreter is None:
            interpreter = await loop.run_in_executor(self._executor, self._interpreters.choose, function.runtime)
        credentials, place = await asyncio.gather(
            assume_role(self._aws, self._clock, function), self._place(function, interpreter)
        )
        stream = platform_lines.stream_name(self._clock.now(), function.version, uuid.uuid4().hex)
        log = self._logs.stream(function.scope, function.log_group, stream)
        log.write(platform_lines.init_start("python", interpreter.version, function.scope.region))
        if interpreter.warning:
            log.write(interpreter.warning)
        environment = Environment(
            function, self._clock, log, on_idle=on_idle, on_end=on_end, expires=credentials.expires
        )
        await self._run(environment, function, interpreter, place, credentials, stream)
        return environment

    async def _run(
        self,
        environment: Environment,
        function: Function,
        interpreter: Interpreter,
        place: Place,
        credentials: Credentials,
        stream: str,
    ) -> None:
        loop = asyncio.get_running_loop()
        listener = socket.create_server(("127.0.0.1", 0))
        runtime_api = f"127.0.0.1:{listener.getsockname()[1]}"
        server = await loop.create_server(lambda: RuntimeConnection(environment), sock=listener)
        environ = function_environ(function, place, credentials, log_stream=stream, runtime_api=runtime_api)
        command = _command(function, interpreter, place)
        try:
            process = await loop.run_in_executor(
                self._executor, FunctionProcess.spawn, command, environ, place.task_root
            )
        except OSError as error:
            server.close()
            raise errors.service_failure(f"its process could not be started: {error}") from error
        environment.attach(server, process)

    async def _place(self, function: Function, interpreter: Interpreter) -> Place:
        return Place(
            task_root=await self._task_root(function),
            layers=tuple([await self._layer(function, arn) for arn in function.layers]),
            runtime_dir=interpreter.runtime_dir,
            interpreter=interpreter.executable,
            endpoint_url=self._endpoint_url,
        )

    async def _task_root(self, function: Function) -> Path:
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


def _command(function: Function, interpreter: Interpreter, place: Place) -> list[str]:
    version = ".".join(interpreter.version.split(".")[:2])
    before = [place.task_root]
    for layer in place.layers:
        before += [layer / "python" / "lib" / f"python{version}" / "site-packages", layer / "python"]
    return [
        str(interpreter.executable),
        "-I",
        "-S",
        "-Xutf8",
        str(LAUNCH),
        interpreter.client,
        "{lifeline}",
        function.handler,
        os.pathsep.join(str(folder) for folder in before),
        str(interpreter.runtime_dir),
    ]
