"""One LocalStack, started and ended by whoever holds it: tests, the test kit, the bench."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from groundcloud.errors import UserError
from groundcloud.hostengine.launch import HEALTH_PATH, Launch, is_healthy

START_SECONDS = 180.0
"""It takes one or two; a busy machine may take many."""

GRACE_SECONDS = 5.0
"""From SIGTERM to SIGKILL. Its state is in memory, so nothing is lost, and on its own it may take half a minute to
clear it away."""

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 10.0
_TAIL_LINES = 20
_PROC = Path("/proc")


def end_left_over(folder: Path) -> list[int]:
    """Kill what a LocalStack of `folder` left behind; the process ids. What it starts (DynamoDB Local) leads a session
    of its own and outlives a LocalStack that was killed. Known by its command, which names files below `folder`."""
    root = f"{folder.resolve()}/root/"
    left = [pid for pid, command in _commands() if root in command]
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return left


def _commands() -> Iterator[tuple[int, str]]:
    """The processes and their commands: from /proc, else (macOS) from `ps`."""
    if (_PROC / "self").exists():
        for entry in _PROC.iterdir():
            # A process may end while it is looked at.
            with contextlib.suppress(OSError):
                if entry.name.isdigit():
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    yield int(entry.name), b" ".join(words).decode(errors="replace")
        return
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command


class HostEngine:
    """States: made → started → stopped. Started means it answered; stopped, that it and what it started are gone.
    Use as a context manager."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._log = launch.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return self._launch.address

    @property
    def log(self) -> Path:
        return self._log

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and wait until it is well. Raises `UserError` with the end of its log when it does not get so."""
        self._launch.prepare()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._launch.command,
                cwd=self._launch.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_well(self._process)
        except UserError:
            self.stop()
            raise

    def stop(self) -> None:
        """End it and whatever it started: SIGTERM, then SIGKILL to its group."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        end_left_over(self._launch.folder)

    def __enter__(self) -> HostEngine:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def tail(self) -> str:
        """The end of its log."""
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(f"  {line}" for line in text.splitlines()[-_TAIL_LINES:])

    def _wait_until_well(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None:
                raise UserError(f"LocalStack did not start\n{self.tail()}", f"Its log: {self._log}")
            if time.monotonic() > deadline:
                raise UserError(
                    f"LocalStack does not answer at {self.address} after {START_SECONDS:.0f} seconds\n{self.tail()}",
                    f"Its log: {self._log}",
                )
            time.sleep(_POLL_SECONDS)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self._launch.host, self._launch.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", HEALTH_PATH)
            response = connection.getresponse()
            return response.status == 200 and is_healthy(response.read())
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
