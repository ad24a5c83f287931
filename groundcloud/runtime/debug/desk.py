"""The desk where debugging is asked for: control routes, and which function is being debugged."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute, Scope
from groundcloud.runtime.debug.sessions import DebugSession
from groundcloud.runtime.function import Function, Reference
from groundcloud.runtime.local import Local
from groundcloud.runtime.scoping import scope_of
from groundcloud.runtime.sources import SourceRegistry

Find = Callable[[Reference], Awaitable[Function]]
"""Looks a function up. Raises `AwsError`."""

LANGUAGES = ("python", "nodejs")
USUAL_PORTS = {"python": 5678, "node": 9229}
"""The ports that debuggers of these languages suggest, and that `.vscode/launch.json` names."""


class RefusedError(ValueError):
    """A request that cannot be met; the message says why."""


class DebugDesk:
    """Keeps at most one session a function. `modules` is where the folder for debugpy is made."""

    def __init__(self, find: Find, registry: SourceRegistry, modules: Path, default: Scope) -> None:
        self._find = find
        self._registry = registry
        self._modules = modules
        self._default = default
        self._sessions: dict[tuple[Scope, str, str], DebugSession] = {}
        self._results: dict[tuple[Scope, str, str], tuple[Function, Function]] = {}

    def current(self, function: Function) -> Function:
        """The function, marked when it is being debugged; the same object for the same one."""
        if not self._sessions:
            return function
        session = self._sessions.get(function.key)
        if session is None or session.state == "over":
            return function
        known = self._results.get(function.key)
        if known is not None and known[0] is function:
            return known[1]
        local = replace(function.local or Local(), debugger=session)
        marked = replace(function, local=local, fingerprint=f"{function.fingerprint}\ndebug {id(session)}")
        self._results[function.key] = (function, marked)
        return marked

    async def begin(self, reference: Reference, port: int | None) -> tuple[Function, DebugSession]:
        """The next call of the function waits for a debugger on `port`: 0 is any free one, None the usual one of the
        language if it is free. Raises `AwsError` and `RefusedError`."""
        function = await self._find(reference)
        if not function.runtime.startswith(LANGUAGES):
            raise RefusedError(f"{function.runtime} cannot be debugged here: Python and Node.js functions can")
        self.end(function.key)
        # Some milliseconds the first time; asked for by hand, so nobody waits who should not.
        modules = await asyncio.get_running_loop().run_in_executor(None, self._debugpy)
        session = DebugSession(port or _choose_port(function, port), modules, self._folder(function))
        self._sessions[function.key] = session
        return function, session

    def end(self, key: tuple[Scope, str, str]) -> bool:
        """Debug no more, and end the environment that was; whether there was a session."""
        session = self._sessions.pop(key, None)
        self._results.pop(key, None)
        if session is None:
            return False
        if session.environment is not None and not session.environment.ended:
            session.environment.end()
        return True

    def clear(self, account: str = "") -> None:
        """Debug nothing any more, or nothing of one account."""
        for key in [key for key in self._sessions if account in ("", key[0].account)]:
            self.end(key)

    def _folder(self, function: Function) -> Path | None:
        arn = Reference(function.scope, function.name, None).arn
        return next((Path(each.folder) for each in self._registry.all() if each.function_arn == arn), None)

    def _debugpy(self) -> Path:
        """A folder with a copy of debugpy and nothing else: a sandbox shows that folder, and no link out of it."""
        spec = importlib.util.find_spec("debugpy")
        if spec is None or spec.origin is None:
            raise RefusedError("debugpy is not installed: `make install`")
        folder = self._modules / version("debugpy")
        if not folder.is_dir():
            self._modules.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix=".copying-", dir=self._modules))
            shutil.copytree(Path(spec.origin).parent, scratch / "debugpy", ignore=shutil.ignore_patterns("__pycache__"))
            scratch.chmod(0o755)
            scratch.rename(folder)
        return folder

    # routes

    def routes(self) -> list[ControlRoute]:
        """``/functions/{name}/debug``: POST ``{"port": 5678}`` begins, GET shows, DELETE ends. ``account`` and
        ``region`` may be given in the query."""
        path = "/functions/{name}/debug"
        return [
            ControlRoute("POST", path, self._post),
            ControlRoute("GET", path, self._get),
            ControlRoute("DELETE", path, self._delete),
        ]

    async def _post(self, request: Request, segments: dict[str, str]) -> Response:
        try:
            reference = self._reference(request, segments)
            function, session = await self.begin(reference, _port(request.body))
        except AwsError as error:
            return _message(error.status, error.message)
        except ValueError as error:
            return _message(400, str(error))
        return Response.json(200, json.dumps(_shown(function, session)))

    async def _get(self, request: Request, segments: dict[str, str]) -> Response:
        reference = self._reference(request, segments)
        session = self._sessions.get((reference.scope, reference.name, "$LATEST"))
        if session is None:
            return _message(404, f"{reference.name} is not being debugged")
        try:
            function = await self._find(reference)
        except AwsError as error:
            return _message(error.status, error.message)
        return Response.json(200, json.dumps(_shown(function, session)))

    async def _delete(self, request: Request, segments: dict[str, str]) -> Response:
        reference = self._reference(request, segments)
        if not self.end((reference.scope, reference.name, "$LATEST")):
            return _message(404, f"{reference.name} is not being debugged")
        return Response(204)

    def _reference(self, request: Request, segments: dict[str, str]) -> Reference:
        return Reference(scope_of(request, self._default), segments["name"], None)


def _choose_port(function: Function, port: int | None) -> int:
    usual = USUAL_PORTS[_language(function)]
    return usual if port is None and _is_free(usual) else _free_port()


def _language(function: Function) -> str:
    return "python" if function.runtime.startswith("python") else "node"


def _port(body: bytes) -> int | None:
    asked = json.loads(body or b"{}")
    if isinstance(asked, dict) and "port" not in asked:
        return None
    port = asked.get("port") if isinstance(asked, dict) else None
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port < 65536:
        raise RefusedError('the body is {"port": 5678}; 0 takes any free port')
    if port and not _is_free(port):
        raise RefusedError(f"port {port} of 127.0.0.1 is in use by another program; choose another")
    return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _shown(function: Function, session: DebugSession) -> dict[str, Any]:
    language = _language(function)
    return {
        "functionName": function.name,
        "language": language,
        "host": "127.0.0.1",
        "port": session.port,
        "state": session.state,
        "folder": str(session.folder or ""),
    }


def _message(status: int, text: str) -> Response:
    return Response.json(status, json.dumps({"message": text}))
