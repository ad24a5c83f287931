"""What the processes of one environment use together, as Linux's /proc tells: reads only.

Memory that several of them share counts once, as in Lambda's own accounts; so it is the sum of their proportional set
sizes (https://docs.kernel.org/filesystems/proc.html, smaps_rollup), and never less than what the main process holds.
Of many processes only some are measured, and the rest are taken to be like them.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from groundcloud.runtime import limits

_MEASURED = 16
"""Processes whose share is measured in one look: each takes about a millisecond."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_TIMES = slice(11, 15)
"""Fields of /proc/PID/stat behind the program's name: utime, stime, cutime, cstime."""

_HALF_A_PAGE = 2048
_MEGABYTE = 1024 * 1024
_CHUNK = 65536


class Usage(NamedTuple):
    """`memory` in MB, rounded up; `tasks` are processes and threads, counted up to a little above the limit;
    `processor` is the seconds that were computed for so far, also by children that have ended; `waited` those that the
    main process waited for a processor, None where nobody tells or it is gone; `pids` are all that was found."""

    memory: int
    tasks: int
    processor: float = 0.0
    waited: float | None = None
    pids: tuple[int, ...] = ()


def usage(root: int, main: int) -> Usage:
    """Of everything below process `root`, which itself counts only if it is `main`, the function's."""
    pids, count = _below(root)
    others = [pid for pid in pids if pid not in (root, main)]
    held = _resident(main)
    measured = others[-_MEASURED:]
    if others:
        share = sum(_proportional(pid) for pid in measured) * len(others) // len(measured)
        held = max(held, _proportional(main) + share)
    # Of all: a crowd of which some are counted would seem to get no turns.
    computed = sum(_computed(pid) for pid in {main, *pids})
    return Usage(-(-held // _MEGABYTE), count, computed, _waited(main), tuple(pids))


def tasks(root: int, most: int) -> int:
    """Processes and threads of `root` and everything below it, counted up to a little more than `most`: quick."""
    return _below(root, most)[1]


def share(root: int) -> int:
    """Bytes that `root` and everything below it hold, what is shared with others only in proportion."""
    pids, _ = _below(root)
    measured = pids[:_MEASURED]
    return sum(_proportional(pid) for pid in measured) * len(pids) // len(measured)


def _below(root: int, most: int | None = None) -> tuple[list[int], int]:
    """`root` and its descendants, and how many tasks they have: not all of them, where those are more than `most`, or
    than an environment may have."""
    most = limits.PROCESSES_SEEN if most is None else most
    pids, count = [root], 0
    for pid in pids:
        for task in _names(f"/proc/{pid}/task"):
            count += 1
            pids += [int(child) for child in _read(f"/proc/{pid}/task/{task}/children").split()]
        if count > most:
            break
    return pids, count


def _names(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except OSError:
        return []


def _read(path: str) -> bytes:
    """Empty when the process is gone, or the kernel has no such file."""
    # Asked many times a second, so without the layers of `open`.
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        text = data = os.read(descriptor, _CHUNK)
        # The kernel gives no more than about a page at a time.
        while len(data) > _HALF_A_PAGE:
            data = os.read(descriptor, _CHUNK)
            text += data
        return text
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _computed(pid: int) -> float:
    """Seconds of processor time, of its own and of its children that were waited for."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return sum(int(field) for field in fields[_TIMES]) / _TICKS


def _waited(pid: int) -> float | None:
    """Seconds for which it was ready to run, and another ran."""
    fields = _read(f"/proc/{pid}/schedstat").split()
    return int(fields[1]) / 1e9 if len(fields) > 1 else None


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _proportional(pid: int) -> int:
    text = _read(f"/proc/{pid}/smaps_rollup")
    start = text.find(b"\nPss:")
    if start < 0:
        return _resident(pid)
    return int(text[start + 5 : text.index(b"kB", start)]) * 1024
