"""Watches source folders in a thread of its own, so that a saved change is often copied before the next call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import watchfiles

from groundcloud.runtime.reload import limits

_log = logging.getLogger(__name__)

OnChange = Callable[[set[Path]], None]
"""Called in the watcher's thread with the watched folders in which something changed."""


class Watcher:
    """Watches one set of folders at a time. `works` is False when the system does not let us: too many watches."""

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._folders: frozenset[Path] = frozenset()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.works = True

    def watch(self, folders: Iterable[Path]) -> None:
        """Watch `folders`, those that exist, instead of what was watched before."""
        self.stop()
        self._folders = frozenset(folder for folder in folders if folder.is_dir())
        self.works = True
        if self._folders:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._folders, self._stop), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Does not wait: the thread ends within one step."""
        self._stop.set()
        self._thread = None

    def _run(self, folders: frozenset[Path], stop: threading.Event) -> None:
        try:
            for changes in watchfiles.watch(
                *_outermost(folders),
                watch_filter=lambda _, path: _counts(path, folders),
                debounce=limits.WATCH_DEBOUNCE_MILLISECONDS,
                step=limits.WATCH_STEP_MILLISECONDS,
                stop_event=stop,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                paths = [Path(path) for _, path in changes]
                self._on_change({each for each in folders if any(path.is_relative_to(each) for path in paths)})
        except (OSError, RuntimeError) as error:
            # No watches left (fs.inotify.max_user_watches), or a file system that has none.
            if not stop.is_set():
                self.works = False
                _log.warning("source folders are not watched, each call looks for itself: %s", error)


def _counts(path: str, folders: Iterable[Path]) -> bool:
    """Whether a change of `path` is one of a source, in any of `folders`."""
    if path.endswith(".pyc"):
        return False
    place = Path(path)
    inside = [place.relative_to(folder).parts for folder in folders if place.is_relative_to(folder)]
    return any(not any(part in limits.EXCLUDED for part in parts) for parts in inside)


def _outermost(folders: Iterable[Path]) -> list[Path]:
    kept: list[Path] = []
    for folder in sorted(folders, key=lambda each: len(each.parts)):
        if not any(folder.is_relative_to(outer) for outer in kept):
            kept.append(folder)
    return kept
