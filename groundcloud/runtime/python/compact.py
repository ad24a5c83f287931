"""Makes the memory of a parent such that its children copy little of it.

A child shares its parent's pages until one of them writes to one. What a child makes would go first where something
else was before, between the parent's own objects: each time a page is copied. So the gaps are filled before the fork,
and what children make lies in pages of its own.

Runs in the parent of functions, on any Python from 3.10: standard library only.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys

_BYTES = sys.getsizeof(b"")
_NUMBER = 1 << 20
"""An integer that Python has no object for yet; of up to 32 bytes."""


def compact() -> list[object]:
    """Throw away what is garbage, fill the gaps, and keep the collector off all there is; the filling is to be kept."""
    gc.collect()
    filling: list[object] = []
    for size, count in gaps(_statistics()):
        filling.append(_filling(size, count))
    gc.freeze()
    _trim()
    return filling


def gaps(statistics: str) -> list[tuple[int, int]]:
    """``(size in bytes, how many)`` of the free blocks between others, as `sys._debugmallocstats` tells in lines of
    class, size, pools, blocks in use and free blocks; none where it has no such lines."""
    found = []
    for line in statistics.splitlines():
        fields = line.split()
        if len(fields) == 5 and all(field.isdigit() for field in fields):
            found.append((int(fields[1]), int(fields[4])))
    return found


def _filling(size: int, count: int) -> list[object]:
    if size > _BYTES:
        return [bytes(size - _BYTES) for _ in range(count)]
    if size == sys.getsizeof(object()):
        return [object() for _ in range(count)]
    return list(range(_NUMBER, _NUMBER + count))


def _statistics() -> str:
    """What is written to stderr, as text: less than a pipe holds."""
    reading, writing = os.pipe()
    kept = os.dup(2)
    os.dup2(writing, 2)
    try:
        sys._debugmallocstats()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writing)
    with open(reading, "rb") as pipe:
        return pipe.read().decode()


def _trim() -> None:
    """Give back to the system what glibc keeps free."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        return
