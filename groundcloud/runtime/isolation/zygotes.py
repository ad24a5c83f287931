"""Forks environments from prepared parents: see `python/zygote.py`, the other side of the socket.

A parent is started when it is first needed (or by `warm`), and again when it has died. Everything here blocks for some
milliseconds: call it in threads.
"""

from __future__ import annotations

import array
import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundcloud.runtime import limits
from groundcloud.runtime.process import FunctionProcess

SCRIPT = Path(__file__).resolve().parent.parent / "python" / "zygote.py"
_PACKET = 65536
_CREDENTIALS_BYTES = 12
_LIBRARIES = "/var/task:/var/task/lib:/opt/lib"
"""What the dynamic loader searches; it reads this when the parent starts, not when a child is forked."""


@dataclass(frozen=True)
class Parent:
    """Which parent: `executable` runs it, `client` is the runtime client it imports ("" for none), `runtime_dir` the
    modules it may import, `folders` what else of the host its children see; `sandbox` whether they have one."""

    executable: Path
    client: str
    runtime_dir: Path | None
    sandbox: bool
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Birth:
    """What one environment starts with: `task_root` its working folder, `code`, `opt` and `folders` of the host that
    are shown at /var/task, /opt and where they are; then either a `command`, or a `handler` for the parent's client
    with what comes `before` and `after` the standard library on `sys.path`."""

    environ: dict[str, str]
    task_root: str
    code: str
    opt: str | None = None
    runtime: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    handler: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    tmp_mb: int = limits.TEMPORARY_MB


class ForkedChild:
    """Implements `process.Child`: a process whose parent, the init of its environment, reports its end."""

    def __init__(self, pid: int, init: int, pidfd: int, status: socket.socket, lifeline: int, *, sandbox: bool) -> None:
        self.pid = pid
        self.root = self._init = init
        self._pidfd = pidfd
        self._status = status
        self._lifeline = lifeline
        self._sandbox = sandbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over = False

    def watch(self, on_end: Callable[[], None], *, pidfd: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pidfd, on_end)

    def kill(self) -> None:
        if self._over:
            return
        with suppress(ProcessLookupError, PermissionError):
            if self._sandbox:
                # The first process of a sandbox takes all others with it.
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            else:
                # Its init ends the rest, whatever session that is in, and even if the function has stopped it.
                os.kill(self._init, signal.SIGCONT)
                os.killpg(self.pid, signal.SIGKILL)

    def finish(self) -> int:
        self.kill()
        self._over = True
        status = -int(signal.SIGKILL)
        with suppress(BlockingIOError):
            report = self._status.recv(_PACKET)
            if report.startswith(b"S"):
                status = int(report[1:])
        if self._loop is not None:
            self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        os.close(self._lifeline)
        self._status.close()
        return status


class Zygote:
    """One prepared parent. States: made → `ready()` → forking → dead. `ahead`: it forks one environment before it is
    asked to."""

    def __init__(self, parent: Parent, *, ahead: bool) -> None:
        self.parent = parent
        self._lock = threading.Lock()
        self._ready = False
        self.modules: frozenset[str] = frozenset()
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {
            "client": parent.client,
            "sandbox": parent.sandbox,
            "runtime_dir": str(parent.runtime_dir) if parent.runtime_dir else "",
            "folders": [str(folder) for folder in parent.folders],
            "processes": limits.PROCESSES,
            "spare_mb": limits.TEMPORARY_MB if ahead else 0,
        }
        command = [
            parent.executable,
            "-I",
            "-S",
            "-Xutf8",
            "-Wignore",
            SCRIPT,
            str(other.fileno()),
            json.dumps(settings),
        ]
        environ = {"LD_LIBRARY_PATH": _LIBRARIES} if parent.sandbox else {}
        try:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(other.fileno(),),
                env=environ,
                cwd="/",
                start_new_session=True,
            )
        finally:
            other.close()

    @property
    def pid(self) -> int:
        return self._popen.pid

    def ready(self) -> None:
        """Wait until it can fork. Raises `OSError`."""
        with self._lock:
            if not self._ready:
                self._control.settimeout(limits.PARENT_SECONDS)
                answer = self._answer(self._control.recv(_PACKET))
                if self.parent.sandbox and not answer["sandbox"]:
                    raise OSError(f"no sandbox: {answer['error']}")
                self.modules = frozenset(answer["modules"])
                self._ready = True

    def fork(self, birth: Birth) -> FunctionProcess:
        """A running process. Raises `OSError`: `BrokenPipeError` or `ConnectionError` when the parent has died."""
        self.ready()
        output, output_end = os.pipe()
        status, status_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        lifeline_end, lifeline = os.pipe()
        status.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        status.settimeout(limits.PARENT_SECONDS)
        try:
            init, pidfd = self._ask(birth, [output_end, status_end.fileno(), lifeline_end])
        except OSError:
            for descriptor in (output, lifeline):
                os.close(descriptor)
            status.close()
            raise
        finally:
            os.close(output_end)
            os.close(lifeline_end)
            status_end.close()
        try:
            pid = _first_report(status)
        except OSError:
            # Its sandbox could not be made: closing the lifeline ends what there is of it.
            status.close()
            for descriptor in (output, lifeline, pidfd):
                os.close(descriptor)
            raise
        child = ForkedChild(pid or init, init, pidfd, status, lifeline, sandbox=self.parent.sandbox)
        return FunctionProcess(child, output)

    def _ask(self, birth: Birth, descriptors: list[int]) -> tuple[int, int]:
        with self._lock:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
            self._control.sendmsg([json.dumps(vars(birth)).encode()], rights)
            packet, received, _, _ = socket.recv_fds(self._control, _PACKET, 1)
        answer = self._answer(packet)
        if answer.get("error"):
            raise OSError(answer["error"])
        return answer["pid"], received[0]

    def _answer(self, packet: bytes) -> dict[str, Any]:
        if not packet:
            raise ConnectionError(f"the parent of environments ended with status {self._popen.wait()}")
        answer: dict[str, Any] = json.loads(packet)
        return answer

    def close(self) -> None:
        """End it; what it has forked ends with it."""
        self._control.close()
        self._popen.kill()
        self._popen.wait()


def _first_report(status: socket.socket) -> int | None:
    """The process's pid as this host counts, told by the kernel; None when it ended before. Raises `OSError`."""
    data, ancillary, _, _ = status.recvmsg(_PACKET, socket.CMSG_SPACE(_CREDENTIALS_BYTES))
    if data.startswith(b"F"):
        raise OSError(data[1:].decode("utf-8", "replace"))
    status.setblocking(False)
    if data.startswith(b"P"):
        for _, _, content in ancillary:
            return int.from_bytes(content[:4], "little")
    return None


class Zygotes:
    """All parents, by what they are."""

    def __init__(self, *, ahead: bool = True) -> None:
        self._ahead = ahead
        self._zygotes: dict[Parent, Zygote] = {}
        self._lock = threading.Lock()
        self._closed = False

    def warm(self, parent: Parent) -> None:
        """Start a parent before it is needed, and wait until it is ready. Raises `OSError`."""
        self._zygote(parent).ready()

    def modules(self, parent: Parent) -> frozenset[str]:
        """The top-level modules that a parent has loaded. Raises `OSError`."""
        zygote = self._zygote(parent)
        zygote.ready()
        return zygote.modules

    def fork(self, parent: Parent, birth: Birth) -> FunctionProcess:
        """Fork from `parent`, which is started if it is not there (any more). Raises `OSError`."""
        zygote = self._zygote(parent)
        try:
            return zygote.fork(birth)
        except (BrokenPipeError, ConnectionError):
            self._forget(zygote)
            return self._zygote(parent).fork(birth)

    def _zygote(self, parent: Parent) -> Zygote:
        with self._lock:
            if self._closed:
                raise OSError("the cloud is stopping")
            zygote = self._zygotes.get(parent)
            if zygote is None:
                zygote = self._zygotes[parent] = Zygote(parent, ahead=self._ahead)
            return zygote

    def _forget(self, zygote: Zygote) -> None:
        with self._lock:
            if self._zygotes.get(zygote.parent) is zygote:
                del self._zygotes[zygote.parent]
        zygote.close()

    def pids(self) -> list[int]:
        return [zygote.pid for zygote in self._zygotes.values()]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            zygotes = list(self._zygotes.values())
            self._zygotes.clear()
        for zygote in zygotes:
            zygote.close()
