"""``python3.x``: on an installed interpreter of that version, else on the running one with a warning."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from groundcloud.runtime.debug.sessions import DebugSession
from groundcloud.runtime.families import LIFELINE, Plan, spawn
from groundcloud.runtime.families.wrapper import VARIABLE, has_wrapper, wrapped
from groundcloud.runtime.interpreters import Interpreter, Interpreters
from groundcloud.runtime.isolation.isolation import Isolation
from groundcloud.runtime.isolation.zygotes import Birth, Parent
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place

_log = logging.getLogger(__name__)

LAUNCH = Path(__file__).resolve().parent.parent / "python" / "launch.py"
_WRAPPED = LAUNCH.with_name("wrapped.py")


_AT_START = ("LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "PYTHONPATH", VARIABLE)
"""Variables that are read when a program starts: a function that sets one gets a process that starts anew."""


class PythonFamily:
    """Implements `Family` for Python: forks from a parent that has imported boto3, or starts an interpreter."""

    language = "python"

    def __init__(self, interpreters: Interpreters, executor: Executor, isolation: Isolation) -> None:
        self._interpreters = interpreters
        self._executor = executor
        self._isolation = isolation

    def runs(self, runtime: str) -> bool:
        return runtime.startswith("python3.")

    def known(self, runtime: str) -> Interpreter | None:
        return self._interpreters.known(runtime)

    def choose(self, runtime: str) -> Interpreter:
        return self._interpreters.choose(runtime)

    def variables(self, place: Place) -> Mapping[str, str]:
        return {"PYTHONPATH": str(place.toolchain.runtime_dir)}

    def warm(self) -> None:
        """Start the parent for the running version of Python, so that the first call need not wait for it. Blocks."""
        if not self._isolation.forks:
            return
        interpreter = self._interpreters.choose(f"python{sys.version_info[0]}.{sys.version_info[1]}")
        parent = _parent(interpreter, interpreter.runtime_dir, sandbox=self._isolation.sandboxed())
        try:
            self._isolation.zygotes.warm(parent)
        except OSError as error:
            _log.warning("the parent of Python functions does not start (%s): they start more slowly", error)

    async def start(self, plan: Plan) -> FunctionProcess:
        if self._isolation.forks and plan.debug is None:
            loop = asyncio.get_running_loop()
            forked = await loop.run_in_executor(self._executor, self._fork, plan)
            if forked is not None:
                return forked
        if plan.debug is not None:
            loop = asyncio.get_running_loop()
            plan = await loop.run_in_executor(self._executor, _with_debugger, plan, plan.debug)
        command = _command(plan) if plan.debug is None else _debug_command(plan)
        if has_wrapper(plan):
            command, plan = _wrapped(command, plan)
        return await spawn(self._executor, command, plan)

    def _fork(self, plan: Plan) -> FunctionProcess | None:
        """A process forked from the parent; None when this function must start anew, or there is no parent."""
        place = plan.place
        interpreter = place.toolchain
        assert isinstance(interpreter, Interpreter)
        if any(name.startswith(_AT_START) for name in plan.function.variables):
            return None
        parent = _parent(interpreter, place.host_runtime_dir or interpreter.runtime_dir, sandbox=place.sandboxed)
        code = place.code or place.task_root
        layers = place.layers if not place.sandboxed else (place.opt,) if place.opt else ()
        roots = [code, *_layer_paths(layers, interpreter)]
        birth = Birth(
            environ=dict(plan.environ),
            task_root=str(place.task_root),
            code=str(code),
            opt=str(place.opt) if place.opt else None,
            handler=plan.function.handler,
            before=tuple(str(folder) for folder in _before(place, interpreter)),
            after=(str(interpreter.runtime_dir),),
            tmp_mb=plan.function.storage,
        )
        try:
            loaded = self._isolation.zygotes.modules(parent)
            if _brings(roots, loaded) or (not place.sandboxed and _has_libraries([code, *layers])):
                return None
            return self._isolation.zygotes.fork(parent, birth)
        except OSError as error:
            _log.warning("a Python function could not be forked (%s): it starts more slowly", error)
            return None


def _parent(interpreter: Interpreter, runtime_dir: Path, *, sandbox: bool) -> Parent:
    prefix = interpreter.executable.resolve().parent.parent
    return Parent(interpreter.executable, interpreter.client, runtime_dir, sandbox, (prefix,))


def _brings(roots: Sequence[Path], loaded: Collection[str]) -> bool:
    """Whether a function brings modules of its own that the parent has loaded, as its own boto3."""
    return any(
        entry.name.partition(".")[0] in loaded and entry.suffix not in (".dist-info", ".egg-info")
        for root in roots
        if root.is_dir()
        for entry in root.iterdir()
    )


def _has_libraries(folders: Sequence[Path]) -> bool:
    # The loader's path is fixed when a program starts; only in a sandbox is it the same for all functions.
    return any((folder / "lib").is_dir() or any(folder.glob("*.so*")) for folder in folders)


def _command(plan: Plan) -> list[str]:
    interpreter = plan.place.toolchain
    assert isinstance(interpreter, Interpreter)
    return [
        str(interpreter.executable),
        "-I",
        "-S",
        "-Xutf8",
        str(LAUNCH),
        interpreter.client,
        LIFELINE,
        os.pathsep.join(str(folder) for folder in _before(plan.place, interpreter)),
        str(interpreter.runtime_dir),
    ]


def _wrapped(command: list[str], plan: Plan) -> tuple[list[str], Plan]:
    """`command`, started by the function's wrapper, which holds the lifeline for all that it starts."""
    script = next(place for place, part in enumerate(command) if part.endswith(".py"))
    arguments = ["" if part == LIFELINE else part for part in command[script:]]
    return wrapped([*command[:script], str(_WRAPPED)], arguments, plan)


def _with_debugger(plan: Plan, debug: DebugSession) -> Plan:
    """In a sandbox debugpy is shown among the modules of the runtime, in this environment only."""
    shown = plan.place.host_runtime_dir
    if shown is None:
        return plan
    folder = debug.modules.with_name(f"{debug.modules.name}-{shown.name}")
    if not folder.is_dir():
        scratch = Path(tempfile.mkdtemp(prefix=".linking-", dir=debug.modules.parent))
        for module in (*shown.iterdir(), *debug.modules.iterdir()):
            (scratch / module.name).symlink_to(module.resolve())
        scratch.rename(folder)
    return replace(plan, place=replace(plan.place, host_runtime_dir=folder))


def _debug_command(plan: Plan) -> list[str]:
    """The same command, behind a script that waits for the debugger."""
    debug = plan.debug
    assert debug is not None
    command = _command(plan)
    script = command.index(str(LAUNCH))
    modules = plan.place.toolchain.runtime_dir if plan.place.sandboxed else debug.modules
    mappings = json.dumps([[str(debug.folder), str(plan.place.task_root)]] if debug.folder is not None else [])
    waiting = [str(LAUNCH.with_name("debug.py")), str(debug.port), str(modules), mappings]
    # Frozen modules hide their frames from the debugger.
    return [*command[:script], "-Xfrozen_modules=off", *waiting, *command[script:]]


def _before(place: Place, interpreter: Interpreter) -> list[Path]:
    """What comes before the standard library on `sys.path`."""
    return [place.task_root, *_layer_paths(place.layers, interpreter)]


def _layer_paths(layers: Sequence[Path], interpreter: Interpreter) -> list[Path]:
    version = ".".join(interpreter.version.split(".")[:2])
    paths = []
    for layer in layers:
        paths += [layer / "python" / "lib" / f"python{version}" / "site-packages", layer / "python"]
    return paths
