"""Who goes first on a busy machine: what answers before what computes. Neither needs a right.

`be_prompt` asks for short turns: a process that wakes up need not wait until another one's long turn is over. It is no
larger a share of the machine. Linux takes the wish since 6.12, older ones ignore it; elsewhere nothing happens.
`give_way` lowers a process that computes for long. https://docs.kernel.org/scheduler/sched-eevdf.html
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from contextlib import suppress
from pathlib import Path

TURN_SECONDS = 0.0001
"""The shortest that Linux knows; its own is 0.7 ms and more."""

NICENESS = 5
"""Of what computes for long: a third of another program's share of a busy machine."""

_SETATTR_CALL = {"x86_64": 314, "aarch64": 274}
_ATTRIBUTES = struct.Struct("IIQiIQQQII")
"""size, policy, flags, nice, priority, runtime, deadline, period, util_min, util_max: sched_setattr(2)"""


def be_prompt() -> None:
    """Let this thread, and all threads and processes that it will start, have their turns soon."""
    _set_turn(0, os.getpriority(os.PRIO_PROCESS, 0), TURN_SECONDS)


def give_way(pid: int) -> bool:
    """Let all others go before the process group that `pid` belongs to, with all that it starts. There is no way back.

    False when the kernel wants to be asked again later. https://man7.org/linux/man-pages/man7/sched.7.html: where it
    groups processes by session, only the session's own niceness counts.
    """
    try:
        group = os.getpgid(pid)
        if group == os.getpgrp():
            return True
        _set_turn(pid, NICENESS, 0)
        os.setpriority(os.PRIO_PGRP, group, NICENESS)
        if sys.platform == "linux":
            Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))
    except BlockingIOError:
        return False
    except OSError:
        # It is gone, or this kernel does not group.
        return True
    return True


def _set_turn(pid: int, niceness: int, seconds: float) -> None:
    """0 seconds: as long as the kernel finds right."""
    number = _SETATTR_CALL.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        return
    wish = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, niceness, 0, int(seconds * 1e9), 0, 0, 0, 0)
    with suppress(AttributeError):
        # A kernel that refuses leaves everything as it was.
        ctypes.CDLL(None).syscall(number, pid, wish, 0)
