"""Lets any command die with the cloud, in a sandbox or without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groundcloud.runtime.isolation.isolation import RUNNING
from groundcloud.runtime.toolchain import Place

SCRIPT = Path(__file__).resolve().parent.parent / "python" / "guard.py"


def guarded(command: Sequence[str], place: Place) -> list[str]:
    """`command` behind a script that holds the lifeline. A sandbox needs none: the kernel ends it with its parent."""
    if place.sandboxed:
        return list(command)
    return [str(RUNNING), "-I", "-S", str(SCRIPT), "{lifeline}", *command]
