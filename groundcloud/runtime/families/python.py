"""``python3.x``: on an installed interpreter of that version, else on the running one with a warning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from groundcloud.runtime.families import Plan, spawn
from groundcloud.runtime.interpreters import Interpreter, Interpreters
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place

LAUNCH = Path(__file__).parent.parent / "python" / "launch.py"


class PythonFamily:
    """Implements `Family` for Python."""

    language = "python"

    def __init__(self, interpreters: Interpreters, executor: Executor) -> None:
        self._interpreters = interpreters
        self._executor = executor

    def runs(self, runtime: str) -> bool:
        return runtime.startswith("python3.")

    def known(self, runtime: str) -> Interpreter | None:
        return self._interpreters.known(runtime)

    def choose(self, runtime: str) -> Interpreter:
        return self._interpreters.choose(runtime)

    def variables(self, place: Place) -> Mapping[str, str]:
        return {"PYTHONPATH": str(place.toolchain.runtime_dir)}

    async def start(self, plan: Plan) -> FunctionProcess:
        return await spawn(self._executor, _command(plan), plan)


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
        "{lifeline}",
        plan.function.handler,
        os.pathsep.join(str(folder) for folder in _before(plan.place, interpreter)),
        str(interpreter.runtime_dir),
    ]


def _before(place: Place, interpreter: Interpreter) -> list[Path]:
    """What comes before the standard library on `sys.path`."""
    version = ".".join(interpreter.version.split(".")[:2])
    before = [place.task_root]
    for layer in place.layers:
        before += [layer / "python" / "lib" / f"python{version}" / "site-packages", layer / "python"]
    return before
