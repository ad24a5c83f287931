"""A world for functions that misbehave: sees their processes, and that a function beside them goes on."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import InvokeResult
from groundcloud.runtime.isolation.isolation import Isolation
from tests.fakes.lambda_world import LambdaWorld, wait_until

QUIET = "quiet"


class HostileWorld(LambdaWorld):
    """Every function has a branch for the event "good", which returns 1, before its own body."""

    def __init__(self, folder: Path, *, namespaces: bool) -> None:
        # What is forked ahead would be taken for a process that somebody has left.
        # The name of the folder is in the command line of every process that is forked for a Python function.
        self.mark = str(folder)
        super().__init__(folder, pure=False, isolation=Isolation(namespaces=namespaces, ahead=False))
        self.namespaces = namespaces
        self.deploy(QUIET, "import os\ndef handler(event, context): return os.getcwd()")
        self.sandboxed = self.value(QUIET) == "/var/task"

    def misbehave(self, name: str, body: str, *, before: str = "", **config: Any) -> None:
        """Deploy a function whose handler does `body`, after `before` at its start."""
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        imports = "import ctypes, os, signal, subprocess, sys, threading, time"
        code = f"{imports}\n{before}\ndef handler(event, context):\n    if event == 'good': return 1\n{lines}\n"
        self.deploy(name, code, **config)

    def beside(self, name: str) -> InvokeResult:
        """One call of `name`, while the quiet function goes on answering."""
        future: Future[InvokeResult] = asyncio.run_coroutine_threadsafe(self.calling(name, tail_log=True), self.loop)
        self.value(QUIET)
        while not future.done():
            self.value(QUIET)
        return future.result()

    def processes(self, mark: str = "") -> set[int]:
        """Processes of this host with `mark` in their command line; those of Python functions without one."""
        found = set()
        wanted = (mark or self.mark).encode()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if wanted in (entry / "cmdline").read_bytes() and int(entry.name) != os.getpid():
                    found.add(int(entry.name))
            except OSError:
                continue
        return found

    def remove(self, name: str) -> None:
        """Delete a function, as an engine does; its environments end."""
        self.engine.remove_function(name)
        try:
            self.invoke(name)
        except AwsError as error:
            assert error.code == "ResourceNotFoundException"

    def forget(self, name: str, before: set[int]) -> None:
        """Delete a function, and see that no process is left but those of `before`."""
        self.remove(name)
        wait_until(lambda: self.processes() <= before, f"the processes of {name} are gone", 90)
