"""Node.js processes that are started and idle before anybody needs them: they make a cold start some milliseconds.

A *blank* has loaded our bootstrap and the usual clients of the SDK, and waits for what makes it a function's: that is
written to a FIFO, with the environment. Its folder is what it sees as /var/task; a function's files get hard links in
it. Some are kept for each Node.js in use, made in the background when its first function is deployed, and after each
start of one.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from groundcloud.runtime import limits
from groundcloud.runtime.code import remove
from groundcloud.runtime.environ import plain_environ
from groundcloud.runtime.families import Plan
from groundcloud.runtime.families.guard import guarded
from groundcloud.runtime.families.wrapper import VARIABLE
from groundcloud.runtime.isolation.isolation import Isolation
from groundcloud.runtime.nodes import Node
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place

BOOTSTRAP = Path(__file__).resolve().parent.parent / "node" / "main.mjs"

MOST_FILES = 400
"""A function of more files starts anew: to link them would take longer."""

_FIFO = ".start"
_AT_START = ("NODE_", "LD_", "UV_", "OPENSSL_", "SSL_", "MALLOC_", "LANG", "LC_", "AWS_LAMBDA_NODEJS_", VARIABLE)
"""Variables that are read when Node.js starts: a function that sets one gets a process that starts anew."""


@dataclass(frozen=True)
class _Kind:
    """Blanks that are the same."""

    executable: Path
    flags: tuple[str, ...]
    sandboxed: bool


@dataclass(eq=False)
class _Blank:
    """`memory` is MB; it is looked at `looks` times more, because it grows while it loads."""

    process: FunctionProcess
    folder: Path
    memory: int = limits.BLANK_MB
    looks: int = 5

    def measured(self, megabytes: int) -> None:
        self.memory, self.looks = megabytes, self.looks - 1


def suits(plan: Plan) -> bool:
    """Whether this function may run in a process that was started before it was known."""
    if plan.function.layers or plan.function.storage != limits.TEMPORARY_MB:
        return False
    if any(name.startswith(_AT_START) for name in plan.function.variables):
        return False
    code = plan.place.code or plan.place.task_root
    return plan.place.sandboxed or not (code / "lib").is_dir()


class Blanks:
    """States of a blank: being made → idle → taken by a function. `folder` holds their folders; one more is made where
    `has_room` for so many MB. Implements `room.Spare`."""

    def __init__(self, folder: Path, executor: Executor, has_room: Callable[[int], bool]) -> None:
        self._folder = folder
        self._executor = executor
        self._has_room = has_room
        self._idle: dict[_Kind, list[_Blank]] = {}
        self._making: dict[_Kind, asyncio.Task[None]] = {}
        self._taken: list[_Blank] = []
        self._ending: set[asyncio.Future[int]] = set()
        self._expiry: asyncio.TimerHandle | None = None
        self._closed = False

    async def take(self, plan: Plan, details: dict[str, object]) -> FunctionProcess | None:
        """An idle process made the function's, or None when there is none or it will not do. Makes the next one."""
        idle = self._idle.setdefault(_kind(plan.place), [])
        content = json.dumps({**details, "environ": dict(plan.environ)}).encode()
        loop = asyncio.get_running_loop()
        taken = None
        while idle and taken is None:
            blank = idle.pop(0)
            if await loop.run_in_executor(self._executor, _hand_over, blank, plan.place.code, content):
                taken = blank.process
            elif _alive(blank.process.pid):
                # It is still loading, or the function has too many files: neither would another one do.
                idle.append(blank)
                break
            self._taken.append(blank)
        self._expire_later()
        self.refill(plan.place, plan.isolation)
        return taken

    def refill(self, place: Place, isolation: Isolation) -> None:
        """Make, in the background, what is missing of those that functions in such a place may take."""
        kind = _kind(place)
        if self._closed or kind in self._making:
            return
        task = asyncio.get_running_loop().create_task(self._make(kind, place, isolation))
        self._making[kind] = task
        task.add_done_callback(lambda _: self._making.pop(kind, None))

    async def _make(self, kind: _Kind, place: Place, isolation: Isolation) -> None:
        loop = asyncio.get_running_loop()
        idle = self._idle.setdefault(kind, [])
        while len(idle) < limits.BLANKS and not self._closed and self._has_room(limits.BLANK_MB):
            try:
                blank = await loop.run_in_executor(self._executor, self._start, kind, place, isolation)
            except OSError:
                # A function that finds no blank starts anew, and says then what is wrong.
                return
            idle.append(blank)
        if self._closed:
            self.end()

    def _start(self, kind: _Kind, place: Place, isolation: Isolation) -> _Blank:
        self._sweep()
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="blank-", dir=self._folder))
        folder.chmod(0o755)
        os.mkfifo(folder / _FIFO, 0o600)
        seen = Path("/var/task") if kind.sandboxed else folder
        modules = str(place.toolchain.runtime_dir)
        command = [str(kind.executable), *kind.flags, str(BOOTSTRAP), "blank", modules, str(seen / _FIFO)]
        shown = replace(place, code=folder, opt=None) if kind.sandboxed else replace(place, task_root=folder, layers=())
        environ = plain_environ(shown)
        return _Blank(isolation.start(guarded(command, shown), environ, shown), folder)

    def _sweep(self) -> None:
        """Remove the folders of processes that are gone."""
        for blank in list(self._taken):
            if not _alive(blank.process.pid):
                self._taken.remove(blank)
                remove(blank.folder)

    # memory

    @property
    def memory(self) -> int:
        return sum(blank.memory for idle in self._idle.values() for blank in idle)

    def to_measure(self) -> list[_Blank]:
        """Those that are still loading, or have just loaded."""
        return [blank for idle in self._idle.values() for blank in idle if blank.looks]

    # ends

    def _expire_later(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.get_running_loop().call_later(limits.IDLE_SECONDS, self.end, 1)

    def end(self, kept: int = 0) -> None:
        """End what is idle, but for some of each kind: it only takes memory."""
        for idle in self._idle.values():
            while len(idle) > kept:
                blank = idle.pop()
                over = asyncio.get_running_loop().create_future()
                self._ending.add(over)
                over.add_done_callback(self._ending.discard)
                blank.process.watch(lambda data: None, over.set_result)
                blank.process.kill()
                self._taken.append(blank)

    async def close(self) -> None:
        """End what is idle and remove all folders."""
        self._closed = True
        if self._expiry is not None:
            self._expiry.cancel()
        if self._making:
            await asyncio.wait(list(self._making.values()), timeout=limits.STOP_SECONDS)
        self.end()
        if self._ending:
            await asyncio.wait(set(self._ending), timeout=limits.STOP_SECONDS)
        await asyncio.get_running_loop().run_in_executor(self._executor, remove, self._folder)


def _kind(place: Place) -> _Kind:
    node = place.toolchain
    assert isinstance(node, Node)
    return _Kind(node.executable, node.flags, place.sandboxed)


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
