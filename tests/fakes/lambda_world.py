"""A runtime on a fake engine, on an event loop in a thread: tests call it as if it were synchronous."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import uvloop

from groundcloud.clock import SystemClock
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Invocation, InvokeResult
from groundcloud.runtime import Runtime
from groundcloud.runtime.isolation.isolation import Isolation
from tests.fakes.fake_engine import SCOPE, FakeEngine

CLIENTS = {
    "awslambdaric": {"pure": False, "uv": True, "isolation": True},
    "pure": {"pure": True, "uv": False, "isolation": False},
}
"""Worlds to run contract tests in: both runtime clients, both event loops, with and without sandboxes."""

ENDPOINT = "http://127.0.0.1:4599"


class ShiftedClock(SystemClock):
    """The machine's clock, moved forward by as many seconds as a test likes."""

    def __init__(self) -> None:
        self.shift = 0.0

    def now(self) -> float:
        return super().now() + self.shift

    def monotonic(self) -> float:
        return super().monotonic() + self.shift


class LambdaWorld:
    """Functions are deployed into `engine` and run by `runtime`. An engine that is given outlives the world."""

    def __init__(
        self,
        folder: Path,
        *,
        pure: bool,
        uv: bool = True,
        isolation: bool | Isolation = True,
        reload: bool = True,
        memory_budget: int = 0,
        engine: FakeEngine | None = None,
    ) -> None:
        self.engine = engine or FakeEngine()
        self.clock = ShiftedClock()
        self.pure = pure
        self.reload = reload
        self.isolation = isolation
        self.memory_budget = memory_budget
        self.loop = uvloop.new_event_loop() if uv else asyncio.new_event_loop()
        # A daemon: a test that fails before it closes its world must not keep the process from ending.
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.runtime = self.run(self._make(folder))

    async def _make(self, folder: Path) -> Runtime:
        runtime = Runtime(
            self.engine,
            self.engine.changes,
            ENDPOINT,
            folder / "work",
            self.clock,
            SCOPE,
            state_dir=folder / "state",
            app_root=folder,
            pure_client=self.pure,
            isolation=self.isolation,
            reload=self.reload,
            memory_budget=self.memory_budget,
        )
        await runtime.start()
        return runtime

    def close(self, stop: Coroutine[Any, Any, None] | None = None) -> None:
        """Stop the runtime, or let `stop` do so."""
        self.run(stop or self.runtime.stop())
        left = self.run(self._left_over())
        self.run(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(60)
        assert not self._thread.is_alive(), "the loop does not stop"
        assert not left, f"the runtime has stopped, and has not ended {left}"
        self.loop.close()

    async def _left_over(self) -> list[str]:
        """The tasks that are not over a while after a stop. To close uvloop's loop under them may take for ever."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        _, pending = await asyncio.wait(tasks, timeout=60) if tasks else (set(), set())
        return [repr(task) for task in pending]

    def run(self, coroutine: Coroutine[Any, Any, Any], timeout: float = 60) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def together(self, *awaitables: Awaitable[Any]) -> list[Any]:
        """Results, or exceptions, of what runs at once."""

        async def gather() -> list[Any]:
            return await asyncio.gather(*awaitables, return_exceptions=True)

        return list(self.run(gather()))

    def deploy(self, name: str, code: str, **config: Any) -> str:
        """Create or replace a function whose `app.py` is `code`."""
        self.engine.add_function(name, {"app.py": code}, **config)
        return name

    def calling(self, name: str, event: Any = None, **options: Any) -> Coroutine[Any, Any, InvokeResult]:
        return self.runtime.invoke(Invocation(name, json.dumps(event).encode(), SCOPE, **options))

    def invoke(self, name: str, event: Any = None, **options: Any) -> InvokeResult:
        result: InvokeResult = self.run(self.calling(name, event, **options))
        return result

    def value(self, name: str, event: Any = None) -> Any:
        """What the function returns; fails the test if it failed."""
        result = self.invoke(name, event)
        assert result.function_error is None, result.payload
        return json.loads(result.payload)

    def error(self, name: str, event: Any = None) -> dict[str, Any]:
        """The error payload of a call that fails."""
        result = self.invoke(name, event)
        assert result.function_error == "Unhandled", result.payload
        error: dict[str, Any] = json.loads(result.payload)
        return error

    def http(self, name: str, body: bytes = b"", qualifier: str | None = None, **headers: str) -> Response:
        """Lambda's Invoke over HTTP; keywords are headers with ``_`` for ``-``."""
        items = [(key.replace("_", "-"), value) for key, value in headers.items()]
        request = Request("POST", f"/2015-03-31/functions/{name}/invocations", "", Headers(items), body)
        response: Response = self.run(self.runtime.handle_invoke(request, name, qualifier, SCOPE))
        return response

    def control(self, method: str, path: str, name: str, body: Any = None) -> Response:
        """A control route of one function; `path` as `{name}` stands in it."""
        [route] = [each for each in self.runtime.routes() if (each.method, each.path) == (method, path)]
        data = json.dumps(body).encode() if body is not None else b""
        answer: Response = self.run(route.handler(Request(method, "", body=data), {"name": name}))
        return answer

    async def begun(self, name: str, calls: int = 1) -> None:
        """Return as soon as so many calls of the function have begun."""
        async with asyncio.timeout(30):
            while True:
                await self.runtime.flush_logs()
                lines = self.engine.messages(f"/aws/lambda/{name}")
                if sum(line.startswith("START ") for line in lines) >= calls:
                    return
                await asyncio.sleep(0.01)

    def log(self, name: str) -> list[str]:
        """The function's log messages, all written."""
        self.run(self.runtime.flush_logs())
        return self.engine.messages(f"/aws/lambda/{name}")


class Gate:
    """Holds what asks for a role's credentials, which every start of an environment does, from the `first` on."""

    def __init__(self, world: LambdaWorld, first: int = 1) -> None:
        self._first, self._count, self._open = first, 0, asyncio.Event()
        world.engine.on("sts", "AssumeRole", self._answer)

    async def _answer(self, params: object, scope: object) -> dict[str, dict[str, str]]:
        self._count += 1
        if self._count >= self._first:
            await self._open.wait()
        return {"Credentials": {"AccessKeyId": "ASIAFAKE", "SecretAccessKey": "secret", "SessionToken": "token"}}

    def open(self) -> None:
        self._open.set()


def wait_until(holds: Callable[[], bool], what: str, timeout: float = 60) -> None:
    """Return as soon as `holds()`; fail after `timeout` seconds."""
    end = time.monotonic() + timeout
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < end, f"still not so after {timeout} s: {what}"
        pause.wait(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead but not yet collected by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")
