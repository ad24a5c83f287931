"""The one door to processes: starts a function's process, reads its output, ends it with all its children.

A process is the leader of a session and group of its own. Ending means SIGKILL to the group, which nothing can
ignore. A *lifeline* guards against our own sudden death: the process holds the read end of a pipe whose write end
only we have, and `python/launch.py` arranges that the kernel kills the group when that end closes.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_CHUNK = 65536
_DRAIN_READS = 64
"""Most reads in one go: a child that never stops writing must not hold the loop."""


class FunctionProcess:
    """A running process. Made by `spawn`, which blocks for some milliseconds: call it in a thread."""

    def __init__(self, popen: subprocess.Popen[bytes], output: int, lifeline: int) -> None:
        self._popen = popen
        self._output: int | None = output
        self._lifeline = lifeline
        self._pidfd: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_output: Callable[[bytes], None] = _ignore
        self.pid = popen.pid

    @classmethod
    def spawn(cls, command: Sequence[str], environ: Mapping[str, str], folder: Path) -> FunctionProcess:
        """Start `command` in `folder` with exactly `environ`; ``{lifeline}`` in it becomes the descriptor's number."""
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
            )
        except OSError:
            os.close(output)
            os.close(lifeline)
            raise
        finally:
            os.close(output_end)
            os.close(lifeline_end)
        os.set_blocking(output, False)
        return cls(popen, output, lifeline)

    def watch(
        self,
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int], None],
        *,
        pidfd: bool = sys.platform == "linux",
    ) -> None:
        """Call back on the running loop: with what is read, and once with the exit status after the end."""
        self._loop = asyncio.get_running_loop()
        self._on_output = on_output
        assert self._output is not None
        self._loop.add_reader(self._output, self._readable)
        if pidfd:
            self._pidfd = os.pidfd_open(self.pid)
            self._loop.add_reader(self._pidfd, self._ended, on_exit)
        else:
            threading.Thread(target=self._wait, args=(on_exit,), daemon=True).start()

    def drain(self) -> None:
        """Read what the process has written up to now, without waiting."""
        for _ in range(_DRAIN_READS):
            if not self._readable():
                return

    def kill(self) -> None:
        """End the process and everything in its group. Harmless when it is over."""
        if self._popen.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def peak_memory(self) -> int | None:
        """Most memory it ever held, in MB rounded up; None where the system does not tell (macOS)."""
        # Asked at each call, so without the layers of `open`.
        try:
            descriptor = os.open(f"/proc/{self.pid}/status", os.O_RDONLY)
        except OSError:
            return None
        try:
            status = os.read(descriptor, _CHUNK)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        start = status.find(b"VmHWM:")
        if start < 0:
            return None
        return -(-int(status[start + 6 : status.index(b"kB", start)]) // 1024)

    def _readable(self) -> bool:
        if self._output is None:
            return False
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._close_output()
            return False
        self._on_output(data)
        return True

    def _close_output(self) -> None:
        if self._output is not None:
            assert self._loop is not None
            self._loop.remove_reader(self._output)
            os.close(self._output)
            self._output = None

    def _wait(self, on_exit: Callable[[int], None]) -> None:
        # WNOWAIT leaves it a zombie, so that its group's number cannot be taken over before `kill`.
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        assert self._loop is not None
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ended, on_exit)

    def _ended(self, on_exit: Callable[[int], None]) -> None:
        assert self._loop is not None
        self.kill()
        status = self._popen.wait()
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        self.drain()
        self._close_output()
        os.close(self._lifeline)
        on_exit(status)


def _ignore(data: bytes) -> None:
    """Before `watch` nobody listens."""
