from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundcloud import scheduling

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


def test_who_gives_way_does_so_with_all_of_its_group() -> None:
    process = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, start_new_session=True)
    try:
        scheduling.give_way(process.pid)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == scheduling.NICENESS
    finally:
        process.communicate(b"\n", timeout=60)


def test_the_own_group_never_gives_way() -> None:
    process = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE)
    try:
        assert scheduling.give_way(process.pid)
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0)
    finally:
        process.communicate(b"\n", timeout=60)


def test_what_is_gone_needs_not_give_way() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(60)
    assert scheduling.give_way(process.pid)
