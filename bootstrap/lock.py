"""One `up` or `down` at a time in a working folder."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from groundcloud.errors import UserError

WAIT_SECONDS = 120.0
POLL_SECONDS = 0.2


@contextmanager
def only_one(path: Path, tell: Callable[[str], None], wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock file `path`. `tell` hears of it once if another process has it; after `wait` seconds, or when the
    folder cannot be written to, a `UserError`. The operating system lets go of it when this process ends, however it
    ends."""
    with _opened(path) as file:
        deadline = time.monotonic() + wait
        told = False
        while not _locked(file.fileno()):
            if not told:
                tell("Waiting for another `make up` or `make down`")
                told = True
            if time.monotonic() > deadline:
                raise UserError(f"Another `make up` or `make down` holds {path}", "Wait for its end, then try again")
            time.sleep(POLL_SECONDS)
        yield


def _opened(path: Path) -> TextIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a")
    except OSError as error:
        raise UserError(
            f"The working folder {path.parent} cannot be used: {error.strerror}",
            "Make it one that you may write to, or name another: GROUNDCLOUD_HOME=~/groundcloud make up",
        ) from error


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
