"""Compiles the modules that a Python function brings, once, so that later starts of it need not.

A sandbox shows packages read-only, so what Python compiles in it is lost. Measured on two busy cores with a package of
2 MB of modules (Flask and what it needs), a start took 1.1 s before and 0.2-0.4 s after. What is small is left alone.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

_log = logging.getLogger(__name__)

LEAST_BYTES = 100_000
"""Of modules in a folder: less is compiled in less time than an interpreter takes to start."""

DELAY_SECONDS = 1.0
"""After the start that is under way, with which this must not compete."""

_SCRIPT = """
import compileall, os, py_compile, sys
os.nice(19)
stamps = py_compile.PycInvalidationMode.TIMESTAMP
compileall.compile_dir(sys.argv[1], maxlevels=40, quiet=2, invalidation_mode=stamps)
"""


class Bytecode:
    """States of a folder: unknown → being compiled → known. `close` ends what is under way."""

    def __init__(self) -> None:
        self._known: set[tuple[Path, Path]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def compile(self, folders: Sequence[Path], interpreter: Path, version: str) -> None:
        """Compile, in the background, what `interpreter` (of ``major.minor.patch``) would have to."""
        new = [folder for folder in folders if (folder, interpreter) not in self._known]
        if new:
            self._known.update((folder, interpreter) for folder in new)
            task = asyncio.get_running_loop().create_task(self._compile(new, interpreter, version))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _compile(self, folders: Sequence[Path], interpreter: Path, version: str) -> None:
        await asyncio.sleep(DELAY_SECONDS)
        for folder in folders:
            if await asyncio.get_running_loop().run_in_executor(None, pays, folder, version):
                await _run([str(interpreter), "-I", "-S", "-c", _SCRIPT, str(folder)])

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def pays(folder: Path, version: str) -> bool:
    """Whether enough modules in `folder` are not compiled for this version yet."""
    tag = "cpython-" + "".join(version.split(".")[:2])
    size = 0
    for module in folder.rglob("*.py"):
        if (module.parent / "__pycache__" / f"{module.stem}.{tag}.pyc").exists():
            return False
        size += module.stat().st_size
    return size >= LEAST_BYTES


async def _run(command: Sequence[str]) -> None:
    """Wait for it in a thread, not on the loop: what the loop waits for must not outlive it, even when cancelled."""
    nothing = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)
    except OSError as error:
        _log.debug("modules are not compiled ahead: %s", error)
        return
    try:
        await asyncio.get_running_loop().run_in_executor(None, process.wait)
    finally:
        process.kill()
        process.wait()
