"""Who goes first on a busy machine: what answers before what computes. Neither needs a right.

`be_prompt` asks for short turns: a process that wakes up need not wait until another one's long turn is over. It is no
larger a share of the machine. Linux takes the wish since 6.12, older ones ignore it; elsewhere nothing happens.
`set_niceness` lowers one that computes for long. https://docs.kernel.org/scheduler/sched-eevdf.html
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TURN_SECONDS = 0.0001
"""The shortest that Linux knows; its own is 0.7 ms and more."""

NORMAL, LATE, LAST = 0, 5, 19
"""Niceness. `LATE` is a third of another program's share of a busy machine, `LAST` a seventieth: it never gets in the
way, and may have to wait for very long."""

_SETATTR_CALL = {"x86_64": 314, "aarch64": 274}
_ATTRIBUTES = struct.Struct("IIQiIQQQII")
"""size, policy, flags, nice, priority, runtime, deadline, period, util_min, util_max: sched_setattr(2)"""


def be_prompt() -> None:
    """Let this thread, and all threads and processes that it will start, have their turns soon."""
    _set_turn(0, os.getpriority(os.PRIO_PROCESS, 0), TURN_SECONDS)


def set_niceness(pids: Iterable[int], niceness: int) -> bool:
    """Let others go before these processes, their process groups and all that they start; or no longer.

    False when the kernel wants to be asked again later. https://man7.org/linux/man-pages/man7/sched.7.html: where it
    groups processes by session, only the session's own niceness counts, and everybody may change it. Elsewhere only
    root may undo it: other users' processes get `LATE` at most, and keep that. Our own group is left alone.
    """
    groups, sessions = _groups_and_sessions(pids)
    groups.pop(os.getpgrp(), None)
    sessions.pop(os.getsid(0), None)
    own = niceness if os.geteuid() == 0 else min(niceness, LATE)
    for group, pid in groups.items():
        with suppress(OSError):
            # It is gone, or may not be raised again.
            _set_turn(pid, own, 0 if niceness else TURN_SECONDS)
            os.setpriority(os.PRIO_PGRP, group, own)
    done = True
    for pid in sessions.values() if sys.platform == "linux" else ():
        try:
            Path(f"/proc/{pid}/autogroup").write_text(str(niceness))
        except BlockingIOError:
            done = False
        except OSError:
            # It is gone, or this kernel does not group.
            continue
    return done


def _groups_and_sessions(pids: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """A process of each."""
    groups: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for pid in pids:
        with suppress(OSError):
            groups.setdefault(os.getpgid(pid), pid)
            sessions.setdefault(os.getsid(pid), pid)
    return groups, sessions


def _set_turn(pid: int, niceness: int, seconds: float) -> None:
    """0 seconds: as long as the kernel finds right."""
    number = _SETATTR_CALL.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        return
    wish = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, niceness, 0, int(seconds * 1e9), 0, 0, 0, 0)
    with suppress(AttributeError):
        # A kernel that refuses leaves everything as it was.
        ctypes.CDLL(None).syscall(number, pid, wish, 0)
