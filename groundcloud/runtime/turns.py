"""How soon the processes of one environment have their turns on a busy machine.

    NORMAL ──computes for long, is a crowd, floods its log, was suspected at birth──► LAST ──gets no turn at all──► LATE
       └────────────────────────────────── the call before did none of this ◄───────────────────────────────────────┘

Who is last does not keep others from answering soon; but where many compute, as in a developer's build, it would come
to nothing: so one that waits and waits is only late, up to the end of its call. How Linux shares out time, and what an
ordinary user cannot undo: `groundcloud/scheduling.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from groundcloud import scheduling
from groundcloud.runtime import limits
from groundcloud.runtime.process_tree import Usage
from groundcloud.scheduling import LAST, LATE, NORMAL

Grant = Callable[[Iterable[int], int], bool]
"""Gives processes a niceness; False when that is to be tried again later."""


_OWN = 2
"""An environment is at least two processes, of one session: the function's, and the one above it."""


class Turns:
    """Of the process `root` and all below it. `seen` is called by a thread that looks at them, all else on the loop."""

    def __init__(
        self, root: int, grant: Grant = scheduling.set_niceness, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._root = root
        self._grant = grant
        self._now = now
        self._lock = threading.Lock()
        self._granted = NORMAL
        self._starting = True
        self._last = self._found = self._starved = False
        self._pids: tuple[int, ...] = (root,)
        self._computed: float | None = None
        self._window: tuple[float, Usage] | None = None

    @property
    def gives_way(self) -> bool:
        return self._last

    def begin(self, *, starting: bool) -> None:
        """The start begins, or a call: if nothing was found in the one before, it is as any other again."""
        with self._lock:
            if not starting:
                if self._last and not self._found:
                    self._last = False
                    self._set(NORMAL, [self._root])
                self._found = False
            self._starting, self._starved = starting, False
            self._computed = self._window = None

    def suspect(self) -> None:
        """Be last from now on: others of its function were found out, or it floods its log."""
        with self._lock:
            self._found = True
            if not self._last:
                self._last = True
                self._set(LAST, [self._root])

    def hurry(self) -> None:
        """It has been killed, and is not gone yet: where many compute, the last would never get to end, and nothing of
        it computes any more."""
        with self._lock:
            if self._last:
                self._set(NORMAL, self._pids)

    def seen(self, found: Usage) -> None:
        """Judge by what the processes use now. A start may compute: it is short, and who calls waits for it."""
        with self._lock:
            # When the first is gone, the others still tell of its group and session.
            self._pids = found.pids or self._pids
            if self._computed is None:
                self._computed = found.processor
            burns = found.processor - self._computed > limits.BURNING_SECONDS and not self._starting
            if burns or found.tasks > limits.CROWD:
                self._last = self._found = True
            if self._last:
                self._look_for_starvation(found)
                niceness = LATE if self._starved else LAST
                # What has made a session of its own since the last look is not last yet.
                if niceness != self._granted or len(found.pids) > _OWN:
                    self._set(niceness, self._pids)

    def _look_for_starvation(self, found: Usage) -> None:
        now = self._now()
        if self._window is None:
            self._window = now, found
            return
        began, before = self._window
        passed = now - began
        if passed < limits.STARVING_SECONDS:
            return
        self._window = now, found
        computed = found.processor - before.processor
        waits = found.waited is None or before.waited is None or found.waited - before.waited > passed / 2
        self._starved = self._starved or (waits and computed < passed * limits.STARVING_SHARE)

    def _set(self, niceness: int, pids: Iterable[int]) -> None:
        if self._grant(pids, niceness):
            self._granted = niceness
