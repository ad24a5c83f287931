"""Who goes first on a busy machine: what answers before what computes. Neither needs a right.

`be_prompt` asks for short turns: a process that wakes up need not wait until another one's long turn is over. It is no
larger a share of the machine. Linux takes the wish since 6.12, older ones ignore it; elsewhere nothing happens.
`set_niceness` lowers one that computes for long, and lets it have long turns: whoever wakes up and has shorter ones may
break in at once. Into a turn that is as short as its own nobody may, and at its end Linux does not look at once: it may
be the next tick, 4 ms later. https://docs.kernel.org/scheduler/sched-eevdf.html
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

LONG_TURN_SECONDS = 0.1
"""The longest that Linux knows."""

NORMAL, LATE, LAST = 0, 5, 19
"""Niceness. `LATE` is a third of another program's share of a busy machine, `LAST` a seventieth: it never gets in the
way, and may have to wait for very long."""

_OTHER, _BATCH = 0, 3
"""Policies of Linux. What is `_BATCH` disturbs nobody when it wakes up."""

_SETATTR_CALL = {"x86_64": 314, "aarch64": 274}
_ATTRIBUTES = struct.Struct("IIQiIQQQII")
"""size, policy, flags, nice, priority, runtime, deadline, period, util_min, util_max: sched_setattr(2)"""


def be_prompt() -> None:
    """Let this thread, and all threads and processes that it will start, have their turns soon."""
    _set_turn(0, _OTHER, TURN_SECONDS)


def set_niceness(tasks: Iterable[int], niceness: int) -> bool:
    """Let others go before these processes and threads, their process groups and all that they start; or no longer.

    False when the kernel wants to be asked again later. https://man7.org/linux/man-pages/man7/sched.7.html: where it
    groups processes by session, only the session's own niceness counts, and everybody may change it. Elsewhere only
    root may undo it: other users' processes get `LATE` at most, and keep that. Our own group is left alone.
    """
    groups, sessions = _by_group_and_session(tasks)
    groups.pop(os.getpgrp(), None)
    sessions.pop(os.getsid(0), None)
    own = niceness if os.geteuid() == 0 else min(niceness, LATE)
    for group, members in groups.items():
        with suppress(OSError):
            # It is gone, or may not be raised again.
            os.setpriority(os.PRIO_PGRP, group, own)
        for task in members:
            if niceness:
                _set_turn(task, _BATCH, LONG_TURN_SECONDS)
            else:
                _set_turn(task, _OTHER, TURN_SECONDS)
    done = True
    for members in sessions.values() if sys.platform == "linux" else ():
        try:
            Path(f"/proc/{members[0]}/autogroup").write_text(str(niceness))
        except BlockingIOError:
            done = False
        except OSError:
            # It is gone, or this kernel does not group.
            continue
    return done


def _by_group_and_session(tasks: Iterable[int]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    groups: dict[int, list[int]] = {}
    sessions: dict[int, list[int]] = {}
    for task in tasks:
        with suppress(OSError):
            groups.setdefault(os.getpgid(task), []).append(task)
            sessions.setdefault(os.getsid(task), []).append(task)
    return groups, sessions


def _set_turn(task: int, policy: int, seconds: float) -> None:
    """The niceness stays."""
    number = _SETATTR_CALL.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        return
    with suppress(OSError, AttributeError):
        # It is gone; and a kernel that refuses leaves everything as it was.
        niceness = os.getpriority(os.PRIO_PROCESS, task)
        wish = _ATTRIBUTES.pack(_ATTRIBUTES.size, policy, 0, niceness, 0, int(seconds * 1e9), 0, 0, 0, 0)
        ctypes.CDLL(None).syscall(number, task, wish, 0)
