"""The one door to processes: reads a function's output, and ends it with all its children.

Two kinds of children stand behind it. A *spawned* one is the leader of a session and group of its own; ending means
SIGKILL to the group. A *lifeline* guards it against our own sudden death: it holds the read end of a pipe whose write
end only we have, and `python/launch.py` arranges that the kernel kills the group when that end closes. A *forked* one
(`isolation/zygotes.py`) lives in a sandbox, which the kernel ends as a whole.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from groundcloud.runtime.limits import KILL_SECONDS, LOOK_SECONDS
from groundcloud.runtime.process_tree import Usage, tasks, usage
from groundcloud.runtime.turns import Turns

_CHUNK = 65536
"""What a pipe holds: more than that cannot have been written before a moment."""

_GONE = -1
"""In place of a descriptor: there is no process any more."""

_FIRST_CHUNK = 8192
_LEAST_CHUNK = 1024
_SLICE_SECONDS = 0.0005
_OTHERS_SHARE = 6
"""A child that writes without end must not hold the loop: one read is made so small that it takes about a slice, and
after a slice of reading, so many times as long belongs to others. The child waits meanwhile, as its pipe is full."""

_CROWDED_SECONDS = 0.05
"""How long a child waits at a time when its lines cannot be stored as fast as it writes them."""


class Child(Protocol):
    """What runs. `pid` is the process of the function itself, as this host counts; `root` the one that all others of
    its environment are below."""

    pid: int
    root: int

    def watch(self, on_end: Callable[[], None], *, pidfd: bool) -> None:
        """Call back once on the running loop when the process has ended."""
        ...

    def kill(self) -> None:
        """End it and its children. Harmless when it is over."""
        ...

    def finish(self) -> int:
        """After the end: release what is held; the exit status, negative for a signal."""
        ...


class SpawnedChild:
    """A process of its own group that we started ourselves."""

    def __init__(self, popen: subprocess.Popen[bytes], lifeline: int) -> None:
        self._popen = popen
        self._lifeline = lifeline
        self._pidfd: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.pid = self.root = popen.pid

    def watch(self, on_end: Callable[[], None], *, pidfd: bool) -> None:
        self._loop = asyncio.get_running_loop()
        if pidfd:
            self._pidfd = os.pidfd_open(self.pid)
            self._loop.add_reader(self._pidfd, on_end)
        else:
            threading.Thread(target=self._wait, args=(on_end,), daemon=True).start()

    def kill(self) -> None:
        if self._popen.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def finish(self) -> int:
        self.kill()
        status = self._popen.wait()
        if self._pidfd is not None:
            assert self._loop is not None
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        os.close(self._lifeline)
        return status

    def _wait(self, on_end: Callable[[], None]) -> None:
        # WNOWAIT leaves it a zombie, so that its group's number cannot be taken over before `kill`.
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        assert self._loop is not None
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(on_end)


class FunctionProcess:
    """A running process: `child`, and the read end of the pipe it writes to. `turns` it has with all its children."""

    def __init__(self, child: Child, output: int) -> None:
        self._child = child
        self._output: int | None = output
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_output: Callable[[bytes], None] = _ignore
        self._crowded: Callable[[], bool] = _never
        self._chunk = _FIRST_CHUNK
        self._busy = self._read_at = 0.0
        self._looks = False
        self._peak = 0
        self._status: int | None = None
        self.turns = Turns(child.pid)
        self.pid = child.pid
        self.root = child.root
        os.set_blocking(output, False)

    @classmethod
    def spawn(cls, command: Sequence[str], environ: Mapping[str, str], folder: Path) -> FunctionProcess:
        """Start `command` in `folder` with exactly `environ`; ``{lifeline}`` in it becomes the descriptor's number.

        Blocks for some milliseconds: call it in a thread.
        """
        output, output_end = os.pipe()
        lifeline_end, lifeline = os.pipe()
        try:
            popen = subprocess.Popen(
                [part.replace("{lifeline}", str(lifeline_end)) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output_end,
                stderr=output_end,
                pass_fds=(lifeline_end,),
                env=dict(environ),
                cwd=folder,
                start_new_session=True,
                umask=0o022,
            )
        except OSError:
            os.close(output)
            os.close(lifeline)
            raise
        finally:
            os.close(output_end)
            os.close(lifeline_end)
        return cls(SpawnedChild(popen, lifeline), output)

    def watch(
        self,
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
        *,
        crowded: Callable[[], bool] | None = None,
        pidfd: bool = sys.platform == "linux",
    ) -> None:
        """Call back on the running loop: with what is read, and once with the exit status after the end. Nothing is
        read while it is `crowded` where that goes to."""
        self._loop = asyncio.get_running_loop()
        self._on_output = on_output
        self._crowded = crowded or _never
        assert self._output is not None
        self._look()
        self._child.watch(lambda: self._ended(on_exit), pidfd=pidfd)

    def look_later(self) -> None:
        """Leave what it writes in its pipe for a while: a short call's output is read at its end, all at once."""
        self._pause(LOOK_SECONDS)

    def drain(self) -> None:
        """Read what the process has written up to now, without waiting."""
        # A pipe hands out all it has, up to what was asked for.
        self._read(_CHUNK)

    def kill(self) -> None:
        """End the process and all its children. Harmless when it is over."""
        self._child.kill()
        if self.turns.gives_way and self._loop is not None and self._status != _GONE:
            self._loop.call_later(KILL_SECONDS, self._hurry)

    def has_more_tasks(self, number: int) -> bool:
        """Whether it and its children are more processes and threads than that. Linux only."""
        return tasks(self._child.root, number) > number

    def look(self) -> Usage:
        """What it and its children use now; remembered for `peak_memory`. Linux only. Blocks, for seconds where very
        many processes fork: call it in a thread."""
        found = usage(self._child.root, self.pid)
        self._peak = max(self._peak, found.memory)
        self.turns.seen(found)
        return found

    def peak_memory(self) -> int | None:
        """Most memory it ever held, alone or as `look` saw it with its children, in MB rounded up; None where the
        system does not tell (macOS)."""
        # Asked at each call, so the file stays open: to find it takes as long as to read it.
        try:
            if self._status == _GONE:
                return None
            if self._status is None:
                self._status = os.open(f"/proc/{self.pid}/status", os.O_RDONLY)
            status = os.pread(self._status, _CHUNK, 0)
        except OSError:
            return None
        start = status.find(b"VmHWM:")
        if start < 0:
            return None
        return max(self._peak, -(-int(status[start + 6 : status.index(b"kB", start)]) // 1024))

    def _readable(self) -> None:
        began = time.perf_counter()
        if began - self._read_at > _SLICE_SECONDS:
            self._busy = 0.0
        read = self._read(self._chunk)
        self._read_at = time.perf_counter()
        took = self._read_at - began
        if took > _SLICE_SECONDS:
            self._chunk = max(_LEAST_CHUNK, self._chunk // 2)
        elif read == self._chunk and took < _SLICE_SECONDS / 4:
            self._chunk = min(_CHUNK, self._chunk * 2)
        self._busy += took
        if self._crowded():
            self.turns.suspect()
            self._pause(_CROWDED_SECONDS)
        elif self._busy > _SLICE_SECONDS:
            self._pause(_OTHERS_SHARE * self._busy)

    def _pause(self, seconds: float) -> None:
        if self._looks and self._output is not None and self._loop is not None:
            self._looks = False
            self._loop.remove_reader(self._output)
            self._loop.call_later(seconds, self._resume)

    def _look(self) -> None:
        assert self._output is not None and self._loop is not None
        self._looks = True
        self._loop.add_reader(self._output, self._readable)

    def _resume(self) -> None:
        if self._output is None or self._loop is None:
            return
        if self._crowded():
            self._loop.call_later(_CROWDED_SECONDS, self._resume)
        else:
            self._look()

    def _read(self, most: int) -> int:
        """Hand on what can be read at once, up to `most` bytes; returns how many."""
        if self._output is None:
            return 0
        try:
            data = os.read(self._output, most)
        except BlockingIOError:
            return 0
        if not data:
            self._close_output()
            return 0
        self._on_output(data)
        return len(data)

    def _hurry(self) -> None:
        if self._status != _GONE:
            self.turns.hurry()

    def _close_output(self) -> None:
        if self._output is not None:
            assert self._loop is not None
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = None

    def _ended(self, on_exit: Callable[[int], None]) -> None:
        status = self._child.finish()
        self.drain()
        self._close_output()
        if self._status not in (None, _GONE):
            os.close(self._status)
        self._status = _GONE
        on_exit(status)


def _ignore(data: bytes) -> None:
    """Before `watch` nobody listens."""


def _never() -> bool:
    return False
