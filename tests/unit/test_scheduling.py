from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundcloud import scheduling
from tests.fakes.lambda_world import wait_until

PROMPT = "from groundcloud.scheduling import be_prompt; be_prompt(); print(open('/proc/self/sched').read())"
SLEEPER = [sys.executable, "-c", "input()"]


def turn(listed: str) -> int | None:
    """Nanoseconds, as /proc/PID/sched tells; None where it does not."""
    for line in listed.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "se.slice":
            return int(value)
    return None


@pytest.mark.skipif(
    not Path("/proc/self/sched").exists() or turn(Path("/proc/self/sched").read_text()) is None,
    reason="this kernel does not tell",
)
def test_who_wants_to_be_prompt_has_short_turns() -> None:
    told = subprocess.run([sys.executable, "-c", PROMPT], capture_output=True, text=True, check=True, timeout=60).stdout
    short = turn(told)
    assert short is not None
    if tuple(int(part) for part in os.uname().release.split(".")[:2]) >= (6, 12):
        assert short == int(scheduling.TURN_SECONDS * 1e9)


def autogroup(pid: int) -> str:
    """As /proc tells, where this kernel groups by session; else empty."""
    try:
        return Path(f"/proc/{pid}/autogroup").read_text()
    except OSError:
        return ""


def test_who_gives_way_does_so_with_all_of_its_group_and_session() -> None:
    process = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, start_new_session=True)
    try:
        assert _granted([process.pid], scheduling.LATE)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == scheduling.LATE
        assert autogroup(process.pid) == "" or autogroup(process.pid).endswith(f" nice {scheduling.LATE}\n")
    finally:
        process.communicate(b"\n", timeout=60)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may undo it")
def test_root_takes_it_back() -> None:
    process = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, start_new_session=True)
    try:
        for niceness in (scheduling.LAST, scheduling.NORMAL):
            assert _granted([process.pid], niceness)
            assert os.getpriority(os.PRIO_PROCESS, process.pid) == niceness
    finally:
        process.communicate(b"\n", timeout=60)


def test_the_own_group_never_gives_way() -> None:
    process = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE)
    try:
        assert _granted([process.pid], scheduling.LAST)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0)
        assert autogroup(os.getpid()) == autogroup(process.pid)
        assert not autogroup(os.getpid()).endswith(f" nice {scheduling.LAST}\n")
    finally:
        process.communicate(b"\n", timeout=60)


def test_what_is_gone_needs_not_give_way() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(60)
    assert scheduling.set_niceness([process.pid], scheduling.LAST)


def _granted(pids: list[int], niceness: int) -> bool:
    """Ask again, as the kernel wants who is not root to: once in a tenth of a second."""
    wait_until(lambda: scheduling.set_niceness(pids, niceness), "the kernel takes it")
    return True
