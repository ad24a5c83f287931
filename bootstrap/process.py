"""Starts a process that outlives us, waits until it is well, and ends it: it, its group, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bootstrap.runfile import Started
from groundcloud.errors import UserError

GRACE_SECONDS = 20.0
"""From SIGTERM to SIGKILL: the cloud saves its state in between."""

POLL_SECONDS = 0.03
TAIL_LINES = 15
DIED_AT_ONCE = "died at once"
"""The identity of a process that was gone before it could be looked at: no process has it, so none counts as it."""

_LAUNCH = """
import subprocess, sys
log = open(sys.argv[1], "ab")
null = subprocess.DEVNULL
child = subprocess.Popen(sys.argv[2:], stdin=null, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
print(child.pid)
child.returncode = 0  # it outlives us on purpose
"""
_STATE, _START_TIME = 0, 19
"""Fields of /proc/PID/stat, counted after the command's name: proc(5)."""


def identity(pid: int) -> str | None:
    """When process `pid` was started, in a form that no later process with the same pid has; None if it does not run.
    A zombie does not run."""
    if Path("/proc/self/stat").exists():
        return _identity_from_proc(pid)
    return _identity_from_ps(pid)


def is_running(process: Started) -> bool:
    return identity(process.pid) == process.started


def start(name: str, command: list[str], address: str, log: Path, folder: Path) -> Started:
    """Start `command` in `folder`, in a session of its own, with its output added to `log`. It is nobody's child when
    this returns, so whoever ends it need not wait for it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    launched = subprocess.run(
        [sys.executable, "-c", _LAUNCH, str(log), *command], cwd=folder, capture_output=True, text=True, check=False
    )
    if launched.returncode != 0:
        raise UserError(f"The {name} could not be started: {launched.stderr.strip()}", f"The command: {command}")
    pid = int(launched.stdout)
    return Started(name, pid, identity(pid) or DIED_AT_ONCE, address, str(log))


def wait_until_well(process: Started, well: Callable[[], bool], seconds: float) -> None:
    """Wait until `well()`. Raises `UserError` with the end of its log when the process dies or takes too long."""
    deadline = time.monotonic() + seconds
    while not well():
        if not is_running(process):
            raise UserError(f"The {process.name} did not start\n{tail(Path(process.log))}", f"Its log: {process.log}")
        if time.monotonic() > deadline:
            raise UserError(
                f"The {process.name} does not answer at {process.address} after {seconds:.0f} seconds",
                f"`make down`, then `make up` again; its log: {process.log}",
            )
        time.sleep(POLL_SECONDS)


def stop(process: Started, grace: float = GRACE_SECONDS) -> bool:
    """End the process and its group: SIGTERM, then SIGKILL after `grace` seconds. False if it did not run any more;
    a process that merely has its pid now is left alone."""
    if not is_running(process):
        return False
    _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while is_running(process):
        if time.monotonic() > deadline:
            _signal_group(process, signal.SIGKILL)
            deadline = time.monotonic() + grace
        time.sleep(POLL_SECONDS)
    # Its leader is gone; whatever of the group stayed behind cannot do anything useful.
    if identity(process.pid) is None:
        _signal_group(process, signal.SIGKILL)
    return True


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The end of a log, indented, for a message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


def _signal_group(process: Started, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise UserError(
            f"The {process.name} (pid {process.pid}) belongs to another user", "End it as the user who started it"
        ) from error


def _identity_from_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[_STATE] in ("Z", "X") else f"{boot}:{fields[_START_TIME]}"


def _identity_from_ps(pid: int) -> str | None:
    """Where there is no /proc (macOS): `ps`, to the second."""
    asked = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
    )
    state, _, started = asked.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
