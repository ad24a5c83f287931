"""Whether this host has sandboxes, and the parents that environments are forked from."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundcloud.runtime import limits
from groundcloud.runtime.isolation.zygotes import Birth, Parent, Zygotes
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place

_log = logging.getLogger(__name__)

_SANDBOX = Path(__file__).resolve().parent.parent / "python" / "sandbox.py"
_LIFELINE = "3"
"""The descriptor by which a command watches the cloud; `python/zygote.py` has it too."""

RUNNING = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
"""The interpreter behind our virtual environment."""


class Isolation:
    """States: made → (first use: probed) → closed.

    `wanted` False turns sandboxes and forking off, as on macOS; `namespaces` False sandboxes only, as where the host
    forbids them; `ahead` False lets parents fork what they are asked for and nothing else.
    """

    def __init__(self, *, wanted: bool = True, namespaces: bool = True, ahead: bool = True) -> None:
        self.forks = wanted and sys.platform == "linux"
        self.zygotes = Zygotes(ahead=ahead)
        self._sandboxed: bool | None = None if self.forks and namespaces else False
        self._lock = threading.Lock()

    @property
    def known(self) -> bool | None:
        """What `sandboxed` has found before."""
        return self._sandboxed

    def sandboxed(self) -> bool:
        """Whether environments get a sandbox here; blocks for some milliseconds the first time."""
        with self._lock:
            if self._sandboxed is None:
                self._sandboxed = _probe()
            return self._sandboxed

    def start(
        self, command: Sequence[str], environ: Mapping[str, str], place: Place, temporary_mb: int = limits.TEMPORARY_MB
    ) -> FunctionProcess:
        """Start `command` (``{lifeline}`` in it becomes the descriptor's number) as this host allows: in a sandbox,
        below an init that ends all it leaves behind, or as a process of its own. Blocks. Raises `OSError`."""
        if not self.forks:
            return FunctionProcess.spawn(command, environ, place.task_root)
        parent = Parent(RUNNING, "", None, place.sandboxed, (RUNNING.parent.parent,))
        birth = Birth(
            environ=dict(environ),
            task_root=str(place.task_root),
            code=str(place.code or place.task_root),
            command=tuple(part.replace("{lifeline}", _LIFELINE) for part in command),
        )
        if place.sandboxed:
            birth = replace(birth, **_shown(command, place), tmp_mb=temporary_mb)
        return self.zygotes.fork(parent, birth)

    def close(self) -> None:
        self.zygotes.close()


def _probe() -> bool:
    """Make a sandbox in a process of its own, and see."""
    try:
        done = subprocess.run(
            [str(RUNNING), "-I", "-S", str(_SANDBOX)],
            capture_output=True,
            text=True,
            timeout=limits.PARENT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = str(error)
    else:
        reason = done.stderr.strip().rpartition("\n")[2]
        if done.returncode == 0:
            return True
    _log.warning("this host gives functions no sandbox (%s): they see its file system and share its /tmp", reason)
    if os.geteuid() == 0:
        _log.warning(
            "and as the cloud runs as root, the kernel does not bound how many processes a function starts: one with "
            "more than %d is ended when that is seen, 20 times a second. Run the cloud as another user, or bound it "
            "from outside (docker run --pids-limit, systemd's TasksMax=)",
            limits.PROCESSES_SEEN,
        )
    return False


def _shown(command: Sequence[str], place: Place) -> dict[str, Any]:
    """What of the host a command sees in a sandbox, besides its code."""
    runtime_dir = place.host_runtime_dir
    links = list(runtime_dir.iterdir()) if runtime_dir is not None and runtime_dir.is_dir() else []
    return {
        "opt": str(place.opt) if place.opt else None,
        "runtime": {link.name: str(link.resolve()) for link in links},
        "folders": tuple(_folders(command, place)),
    }


def _folders(command: Sequence[str], place: Place) -> list[str]:
    """Folders of the host that `command` names, which must be seen where they are: its program and its scripts."""
    found = [place.toolchain.executable.resolve().parent]
    for part in command:
        path = Path(part)
        own = any(path.is_relative_to(folder) for folder in (place.task_root, *place.layers))
        if path.is_absolute() and not own and path.exists():
            found += [path.parent, path.resolve().parent]
    # A program in …/bin has its library in …/lib.
    return [str(folder.parent if folder.name == "bin" and folder.parent != Path.home() else folder) for folder in found]
