"""How much memory all environments may use together, and how much one does use: measured, off the way of calls.

What several processes share counts once (the proportional set size that Linux tells); elsewhere it is the resident
memory of a process group, as `ps` tells it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from groundcloud.runtime import limits
from groundcloud.runtime.process_tree import share

_MEGABYTE = 1024 * 1024
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def default_budget() -> int:
    """MB: half of what this machine, or the container we are in, has; see `limits.BUDGET_MB`."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        machine = min(machine, int(_CGROUP.read_text()))
    return max(machine // 2 // _MEGABYTE, limits.BUDGET_MB)


def measure(pids: Sequence[int]) -> list[int]:
    """MB of each environment, by the first process of each; 0 for one that is gone. Blocks: call it in a thread."""
    if sys.platform == "linux":
        return [-(-share(pid) // _MEGABYTE) for pid in pids]
    groups = _resident_by_group()
    return [-(-groups.get(pid, 0) // 1024) for pid in pids]


def _resident_by_group() -> dict[int, int]:
    """KB by process group: without a sandbox, each environment leads one."""
    listed = subprocess.run(["ps", "-axo", "pgid=,rss="], capture_output=True, text=True, check=False).stdout
    groups: dict[int, int] = {}
    for line in listed.splitlines():
        group, resident = line.split()
        groups[int(group)] = groups.get(int(group), 0) + int(resident)
    return groups
