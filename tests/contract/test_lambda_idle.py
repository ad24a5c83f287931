"""What a burst of calls leaves behind goes soon; what takes long to start is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundcloud.runtime import limits
from tests.fakes.lambda_world import LambdaWorld, alive, wait_until

SLOW = "import os, time\ndef handler(event, context):\n    time.sleep(event)\n    return os.getpid()\n"
"""Calls of it at once need one environment each."""

BURST = 3


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaWorld]:
    monkeypatch.setattr(limits, "REAP_SECONDS", 0.05)
    # Without sandboxes processes have the numbers that the host knows.
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    yield world
    world.close()


def _burst(world: LambdaWorld, name: str) -> list[int]:
    """The processes of a function after calls at once."""
    results = world.together(*(world.calling(name, 0.3) for _ in range(BURST)))
    pids = sorted({int(result.payload) for result in results})
    assert len(pids) == BURST
    return pids


def test_one_environment_outlives_a_burst(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: AWS keeps environments for some
    time, of no stated length."""
    world.deploy("burst", SLOW)
    pids = _burst(world, "burst")
    world.clock.shift += limits.IDLE_SECONDS / 2
    wait_until(lambda: sum(map(alive, pids)) == 1, "one environment is left")
    assert world.value("burst", 0) in pids


def test_what_starts_slowly_is_kept_longer(world: LambdaWorld) -> None:
    """Ours: to start it again would take its time again."""
    world.deploy("slow-start", f"import time\ntime.sleep(1.5)\n{SLOW}", Timeout=10)
    world.deploy("quick-start", SLOW)
    slow, quick = _burst(world, "slow-start"), _burst(world, "quick-start")
    world.clock.shift += limits.SURPLUS_STARTS
    wait_until(lambda: sum(map(alive, quick)) == 1, "the quick ones have gone")
    assert all(map(alive, slow))
