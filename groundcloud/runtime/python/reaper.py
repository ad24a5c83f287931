"""Ends everything that an environment has started, where no sandbox does: on Linux, without namespaces.

The init of such an environment adopts what loses its parent (a *subreaper*), so that a process which made a session of
its own, or whose parent has ended, is still below it; and it ends all of them when the function's process has ended,
or when it is told to (SIGTERM, also sent by the kernel when the zygote dies).
https://man7.org/linux/man-pages/man2/pr_set_child_subreaper.2const.html

Runs inside the init, on any Python from 3.10: standard library only.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PDEATHSIG, _CHILD_SUBREAPER = 1, 36
_THREADS, _PARENT = 17, 1
"""Fields of /proc/PID/stat, counted behind the program's name."""


def adopt() -> None:
    """Take over what the environment leaves behind, and end it when the parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, _end)
    libc.prctl(_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def forget() -> None:
    """In the function's process: a session of its own, and signals as anyone has them."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setsid()


def sweep() -> None:
    """Kill all descendants of this process, and collect them."""
    seen: set[int] = set()
    # What is stopped cannot fork: once a look finds nobody new, nobody is missed.
    while fresh := descendants(os.getpid()) - seen:
        _send(fresh, signal.SIGSTOP)
        seen |= fresh
    _send(seen, signal.SIGKILL)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return


def descendants(root: int) -> set[int]:
    """The processes below `root`, which is not among them."""
    children: dict[int, list[int]] = {}
    for pid, fields in _processes():
        children.setdefault(int(fields[_PARENT]), []).append(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        below = [pid for pid in children.get(waiting.pop(), ()) if pid not in found]
        found.update(below)
        waiting += below
    return found


def bound(processes: int) -> None:
    """Let this process's user have `processes` more processes and threads than it has now. The kernel counts all of a
    user's, not an environment's; and it does not bind root."""
    user = os.getuid()
    taken = sum(int(fields[_THREADS]) for pid, fields in _processes() if _owner(pid) == user)
    limit = taken + processes
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))


def _processes() -> list[tuple[int, list[bytes]]]:
    """Every process that can be seen, with what its /proc/PID/stat has behind the name."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                    found.append((int(name), file.read().rpartition(b")")[2].split()))
            except OSError:
                # It has ended meanwhile.
                continue
    return found


def _owner(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return -1


def _send(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            continue


def _end(number: int, frame: Any) -> None:
    sweep()
    os._exit(0)
