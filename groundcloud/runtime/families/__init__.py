"""The families of runtimes: what differs between Python, Node.js and a function that brings its own bootstrap.

A family says which runtimes it runs (`runs`), finds what is installed for one (`known`, `choose`), and starts processes
(`start`, for most just `spawn` of its command). All else is the same for every function and lives in `launcher.py`:
code, layers, role, variables, Runtime API, logs.

To add one: a module here with a class that follows `Family`, and an entry in the list that `service.py` gives to
`Launcher`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from groundcloud.runtime import errors
from groundcloud.runtime.debug.sessions import DebugSession
from groundcloud.runtime.function import Function
from groundcloud.runtime.isolation.isolation import Isolation
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place, Toolchain


@dataclass(frozen=True)
class Plan:
    """All that a process needs to start; `environ` is its whole environment. With `debug`, the process is one of its
    own (not forked, not from a store of idle ones), and waits for a debugger before anything of the function runs."""

    function: Function
    place: Place
    environ: Mapping[str, str]
    isolation: Isolation
    debug: DebugSession | None = None


class Family(Protocol):
    """Runtimes that start alike. `language` is what INIT_START calls them."""

    language: str

    def runs(self, runtime: str) -> bool:
        """Whether a function of this runtime is ours."""
        ...

    def known(self, runtime: str) -> Toolchain | None:
        """What `choose` has found before."""
        ...

    def choose(self, runtime: str) -> Toolchain:
        """Find what runs it; may block, so it is called in a thread. Raises `AwsError` when nothing can."""
        ...

    def variables(self, place: Place) -> Mapping[str, str]:
        """Variables of this family that a function may set otherwise, as PYTHONPATH or NODE_PATH."""
        ...

    async def start(self, plan: Plan) -> FunctionProcess:
        """A running process. Raises `OSError`."""
        ...


def family_of(families: Sequence[Family], function: Function) -> Family:
    """The family that runs `function`. Raises `AwsError` that names what is supported."""
    if function.package_type == "Image":
        raise errors.unsupported("functions deployed as container images")
    for family in families:
        if family.runs(function.runtime):
            return family
    raise errors.unsupported(f"'{function.runtime}'")


LIFELINE = "{lifeline}"
"""In a command: becomes the number of the descriptor by which it watches the cloud."""


async def spawn(executor: Executor, command: Sequence[str], plan: Plan) -> FunctionProcess:
    """Start `command` (with `LIFELINE` in it) in the folder of the code, in a sandbox
    where the host has one. What `command` names is seen in it; so is the folder of the toolchain's modules, as
    /var/runtime."""
    loop = asyncio.get_running_loop()
    start = plan.isolation.start
    return await loop.run_in_executor(executor, start, command, plan.environ, plan.place, plan.function.storage)
