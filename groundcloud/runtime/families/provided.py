"""``provided.al2023`` and ``provided.al2``: the function brings an executable `bootstrap` that speaks the Runtime API.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from groundcloud.runtime.families import Plan, spawn
from groundcloud.runtime.families.guard import guarded
from groundcloud.runtime.isolation.isolation import RUNNING
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place, Toolchain

RUNTIMES = ("provided.al2023", "provided.al2")
_REFUSAL = Path(__file__).resolve().parent.parent / "python" / "invalid_entrypoint.py"


class ProvidedFamily:
    """Implements `Family` for functions with a runtime of their own."""

    language = "provided"

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def runs(self, runtime: str) -> bool:
        return runtime in RUNTIMES

    def known(self, runtime: str) -> Toolchain | None:
        return self.choose(runtime)

    def choose(self, runtime: str) -> Toolchain:
        """Nothing of ours: the function brings it."""
        return Toolchain(Path("/bin/sh"), runtime.partition(".")[2], Path("/var/runtime"))

    def variables(self, place: Place) -> Mapping[str, str]:
        return {}

    async def start(self, plan: Plan) -> FunctionProcess:
        return await spawn(self._executor, guarded(command(plan), plan.place), plan)


def command(plan: Plan) -> list[str]:
    """The executable `bootstrap` of the code, else of a layer; where there is none, what says so as Lambda does."""
    place = plan.place
    shown = [(place.task_root, place.code or place.task_root)]
    shown += [(layer, (place.opt or layer) if place.sandboxed else layer) for layer in place.layers]
    for seen, folder in shown:
        bootstrap = folder / "bootstrap"
        if bootstrap.is_file():
            if bootstrap.stat().st_mode & 0o111:
                return [str(seen / "bootstrap")]
            return _refusal(f"fork/exec {seen / 'bootstrap'}: permission denied")
    return _refusal("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")


def _refusal(reason: str) -> list[str]:
    return [str(RUNNING), "-I", "-S", str(_REFUSAL), reason]
