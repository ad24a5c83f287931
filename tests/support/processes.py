"""Child processes of the tests, by the test kit's means, in this repository's folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from groundcloud.testing import process
from groundcloud.testing.process import clean_environ, free_port, poll, quiet_port

ROOT = Path(__file__).resolve().parents[2]

__all__ = ["ROOT", "Child", "clean_environ", "free_port", "poll", "quiet_port", "search_path"]


def search_path(*folders: Path) -> str:
    """A PATH of this Python's folder, these, and the usual ones."""
    return os.pathsep.join([str(Path(sys.executable).parent), *map(str, folders), os.environ["PATH"]])


class Child(process.Child):
    """`python -m MODULE ARGUMENTS` in the repository's folder."""

    def __init__(self, arguments: list[str], *, environ: dict[str, str], log: Path) -> None:
        super().__init__(arguments, environ=environ, log=log, folder=ROOT)
