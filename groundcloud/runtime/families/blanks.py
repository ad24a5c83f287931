"""Node.js processes that are started and idle before anybody needs them: they make a cold start some milliseconds.

A *blank* has loaded our bootstrap and the usual clients of the SDK, and waits for what makes it a function's: that is
written to a FIFO, with the environment. Its folder is what it sees as /var/task; a function's files get hard links in
it. One blank is kept for each Node.js in use, made in the background after each start of a function.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from groundcloud.runtime import limits
from groundcloud.runtime.code import remove
from groundcloud.runtime.families import Plan
from groundcloud.runtime.families.guard import guarded
from groundcloud.runtime.nodes import Node
from groundcloud.runtime.process import FunctionProcess

BOOTSTRAP = Path(__file__).parent.parent / "node" / "main.mjs"

MOST_FILES = 400
"""A function of more files starts anew: to link them would take longer."""

_FIFO = ".start"
_HARMLESS = ("LANG", "LD_LIBRARY_PATH", "PATH", "TZ")
_AT_START = ("NODE_", "LD_", "UV_", "OPENSSL_", "SSL_", "MALLOC_", "LANG", "LC_", "AWS_LAMBDA_NODEJS_")
"""Variables that are read when Node.js starts: a function that sets one gets a process that starts anew."""


@dataclass(frozen=True)
class _Kind:
    """Blanks that are the same."""

    executable: Path
    flags: tuple[str, ...]
    sandboxed: bool


@dataclass
class _Blank:
    process: FunctionProcess
    folder: Path


def suits(plan: Plan) -> bool:
    """Whether this function may run in a process that was started before it was known."""
    if plan.function.layers or plan.function.storage != limits.TEMPORARY_MB:
        return False
    if any(name.startswith(_AT_START) for name in plan.function.variables):
        return False
    code = plan.place.code or plan.place.task_root
    return plan.place.sandboxed or not (code / "lib").is_dir()


class Blanks:
    """States of a blank: being made → idle → taken by a function. `folder` holds their folders."""

    def __init__(self, folder: Path, executor: Executor) -> None:
        self._folder = folder
        self._executor = executor
        self._idle: dict[_Kind, _Blank] = {}
        self._making: dict[_Kind, asyncio.Task[None]] = {}
        self._taken: list[_Blank] = []
        self._ending: set[asyncio.Future[int]] = set()
        self._expiry: asyncio.TimerHandle | None = None
        self._closed = False

    async def take(self, plan: Plan, details: dict[str, object]) -> FunctionProcess | None:
        """An idle process made the function's, or None when there is none or it will not do. Makes the next one."""
        kind = _kind(plan)
        blank = self._idle.pop(kind, None)
        taken = False
        if blank is not None:
            content = json.dumps({**details, "environ": dict(plan.environ)}).encode()
            loop = asyncio.get_running_loop()
            taken = await loop.run_in_executor(self._executor, _hand_over, blank, plan.place.code, content)
            if taken or not _alive(blank.process.pid):
                self._taken.append(blank)
            else:
                self._idle.setdefault(kind, blank)
        self._refill(kind, plan)
        return blank.process if blank is not None and taken else None

    def _refill(self, kind: _Kind, plan: Plan) -> None:
        if self._closed or kind in self._idle or kind in self._making:
            return
        loop = asyncio.get_running_loop()
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = loop.call_later(limits.IDLE_SECONDS, self._expire)
        task = loop.create_task(self._make(kind, plan))
        self._making[kind] = task
        task.add_done_callback(lambda _: self._making.pop(kind, None))

    async def _make(self, kind: _Kind, plan: Plan) -> None:
        loop = asyncio.get_running_loop()
        try:
            blank = await loop.run_in_executor(self._executor, self._start, kind, plan)
        except OSError:
            # A function that finds no blank starts anew, and says then what is wrong.
            return
        self._idle[kind] = blank
        if self._closed:
            self._expire()

    def _start(self, kind: _Kind, plan: Plan) -> _Blank:
        self._sweep()
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="blank-", dir=self._folder))
        folder.chmod(0o755)
        os.mkfifo(folder / _FIFO, 0o600)
        node = plan.place.toolchain
        assert isinstance(node, Node)
        environ = {name: plan.environ[name] for name in _HARMLESS if name in plan.environ}
        seen = Path("/var/task") if kind.sandboxed else folder
        modules = str(node.runtime_dir)
        command = [str(kind.executable), *kind.flags, str(BOOTSTRAP), "blank", modules, str(seen / _FIFO)]
        if kind.sandboxed:
            return _Blank(plan.isolation.start(command, environ, replace(plan.place, code=folder, opt=None)), folder)
        place = replace(plan.place, task_root=folder)
        return _Blank(plan.isolation.start(guarded(command, plan), environ, place), folder)

    def _sweep(self) -> None:
        """Remove the folders of processes that are gone."""
        for blank in list(self._taken):
            if not _alive(blank.process.pid):
                self._taken.remove(blank)
                remove(blank.folder)

    def _expire(self) -> None:
        """No Node.js function was started for long: the idle would only take memory."""
        for blank in self._idle.values():
            over = asyncio.get_running_loop().create_future()
            self._ending.add(over)
            over.add_done_callback(self._ending.discard)
            blank.process.watch(lambda data: None, over.set_result)
            blank.process.kill()
            self._taken.append(blank)
        self._idle.clear()

    async def close(self) -> None:
        """End what is idle and remove all folders."""
        self._closed = True
        if self._expiry is not None:
            self._expiry.cancel()
        if self._making:
            await asyncio.wait(list(self._making.values()), timeout=limits.STOP_SECONDS)
        self._expire()
        if self._ending:
            await asyncio.wait(set(self._ending), timeout=limits.STOP_SECONDS)
        await asyncio.get_running_loop().run_in_executor(self._executor, remove, self._folder)


def _kind(plan: Plan) -> _Kind:
    node = plan.place.toolchain
    assert isinstance(node, Node)
    return _Kind(node.executable, node.flags, plan.place.sandboxed)


def _hand_over(blank: _Blank, code: Path | None, content: bytes) -> bool:
    """Give a blank the files in `code` and what it is to be; False if it cannot take them (yet)."""
    fifo = blank.folder / _FIFO
    files = _files(code) if code is not None else []
    if files is None:
        return False
    try:
        pipe = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        # It is still loading, or dead.
        return False
    try:
        fifo.unlink()
        for name, source in files:
            _link(source, blank.folder / name)
        os.set_blocking(pipe, True)
        with open(pipe, "wb", closefd=False) as sink:
            sink.write(content)
    except OSError:
        # It reads the end of the FIFO and gives up.
        return False
    finally:
        os.close(pipe)
    return True


def _files(folder: Path) -> list[tuple[str, Path]] | None:
    """All files below `folder`, or None when they are too many."""
    found: list[tuple[str, Path]] = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        found += [(str((here / name).relative_to(folder)), here / name) for name in (*names, *links)]
        if len(found) > MOST_FILES:
            return None
    return found


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
