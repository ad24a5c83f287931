"""Processes that outlive us: started, identified, ended, and never mistaken for another."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootstrap import process as processes
from bootstrap.process import identity, is_running, start, stop, tail, wait_until_well
from bootstrap.runfile import Started
from groundcloud.errors import UserError
from tests.support.processes import poll

SLEEPER = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)

Starter = Callable[[str], Started]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Starter]:
    """Starts Python code; whatever of it still runs at the end is ended."""
    made: list[Started] = []

    def run(code: str) -> Started:
        process = start("test", [sys.executable, "-c", code], "http://x", tmp_path / "logs" / "test.log", tmp_path)
        made.append(process)
        poll(lambda: Path(process.log).read_text().strip(), timeout=60, what="the process to be up")
        return process

    yield run
    for process in made:
        if is_running(process):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_process_is_identified_by_pid_and_start(started: Starter) -> None:
    process = started(SLEEPER)
    assert is_running(process)
    assert os.getpgid(process.pid) == process.pid
    assert not is_running(dataclasses.replace(process, started="another time"))


def test_stopping_ends_it(started: Starter) -> None:
    process = started(SLEEPER)
    assert stop(process)
    assert not is_running(process)
    assert not stop(process)


def test_one_that_does_not_listen_is_killed(started: Starter) -> None:
    process = started(STUBBORN)
    assert stop(process, grace=0.2)
    assert not is_running(process)


def test_the_whole_group_ends(started: Starter) -> None:
    process = started(PARENT)
    child = int(Path(process.log).read_text())
    assert identity(child) is not None
    stop(process)
    poll(lambda: identity(child) is None, timeout=60, what="the child's end")


def test_a_process_that_merely_has_the_pid_is_left_alone(started: Starter) -> None:
    process = started(SLEEPER)
    assert not stop(dataclasses.replace(process, started="another time"))
    assert is_running(process)


def test_a_zombie_does_not_run() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    poll(lambda: identity(child.pid) is None, timeout=60, what="the zombie to be seen as dead")
    child.wait()


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="The thing could not be started"):
        start("thing", ["/no/such/command"], "http://x", tmp_path / "thing.log", tmp_path)


def test_without_proc_ps_tells_the_same(started: Starter) -> None:
    process = started(SLEEPER)
    first = processes._identity_from_ps(process.pid)
    assert first is not None
    assert processes._identity_from_ps(process.pid) == first
    assert processes._identity_from_ps(2**22 - 3) is None


def test_one_that_dies_while_starting_shows_its_log(tmp_path: Path) -> None:
    code = "import time; print('no luck', flush=True); time.sleep(0.2); raise SystemExit(3)"
    process = start("thing", [sys.executable, "-c", code], "http://x", tmp_path / "thing.log", tmp_path)
    with pytest.raises(UserError, match="The thing did not start\n  no luck"):
        wait_until_well(process, lambda: False, 20)


def test_one_that_is_never_well_is_told(started: Starter) -> None:
    with pytest.raises(UserError, match="does not answer at http://x after 0 seconds"):
        wait_until_well(started(SLEEPER), lambda: False, 0)


def test_the_end_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    assert tail(log, 2) == "  line 98\n  line 99"
    assert tail(tmp_path / "none") == ""
