"""Child processes of a test session: started in a group of their own, waited for with a deadline, ended by SIGTERM."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_NOT_HANDED_ON = ("AWS_", "GROUNDCLOUD_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def quiet_port() -> int:
    """Like `free_port`, for a program that starts only later: a port that no connection is given meanwhile, because it
    is below the range that those are taken from."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def poll(check: Callable[[], object], *, timeout: float, what: str, every: float = 0.02) -> object:
    """Call `check` until it gives something true and return that; `AssertionError` naming `what` after `timeout` s."""
    deadline = time.monotonic() + timeout
    while True:
        if found := check():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(every)


def environ() -> Mapping[str, str]:
    """This process's own."""
    return os.environ  # noqa: TID251 - handed on to the settings


def clean_environ(**extra: str) -> dict[str, str]:
    """The environment of a child: this one without anything that could point it at a real cloud, another setting or
    another Python's packages."""
    kept = {name: value for name, value in environ().items() if not name.startswith(_NOT_HANDED_ON)}
    kept["AWS_EC2_METADATA_DISABLED"] = "true"
    kept["PYTHONUNBUFFERED"] = "1"
    return kept | extra


class Child:
    """One process of `python` (by default this one's) whose output goes to a file. It begins in `folder`."""

    def __init__(
        self, arguments: list[str], *, environ: Mapping[str, str], log: Path, folder: Path, python: str = sys.executable
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [python, *arguments],
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def log_size(self) -> int:
        """Bytes written so far."""
        return self.log.stat().st_size if self.log.exists() else 0

    def log_tail(self, lines: int = 40, since: int = 0) -> str:
        """The last lines of what was written after the first `since` bytes."""
        content = self.log.read_bytes()[since:] if self.log.exists() else b""
        return "\n".join(content.decode(errors="replace").splitlines()[-lines:])

    def wait_until(self, check: Callable[[], object], *, timeout: float, what: str) -> None:
        """Wait until `check` is true, the process has died, or `timeout` seconds are over; the log tells why."""

        def ready_or_dead() -> bool:
            return not self.running or bool(check())

        try:
            poll(ready_or_dead, timeout=timeout, what=what)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.log_tail()}") from None
        if not self.running:
            raise AssertionError(f"{what}: the process ended with {self._process.returncode}\n{self.log_tail()}")

    def stop(self, timeout: float = 120) -> int:
        """End it by SIGTERM and return its exit status; SIGKILL to its whole group when it does not listen within
        `timeout` seconds, which are many, because the machine may be busy with other tests."""
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {timeout:g} s of SIGTERM\n{self.log_tail()}") from None

    def kill(self) -> None:
        """End it and everything it started at once, as a crash would."""
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(60)
