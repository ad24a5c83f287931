"""What a burst of calls leaves behind goes soon; what takes long to start is kept."""

from __future__ import annotations

import asyncio
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


def test_what_starts_slowly_is_kept_longer(world: LambdaWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: to start it again would take its time again. How long a start took is said by the clock, which is moved on
    while the slow one waits for it: a busy machine changes nothing."""
    monkeypatch.setattr(limits, "SURPLUS_STARTS", 10.0)
    monkeypatch.setattr(limits, "INIT_SECONDS", 60.0)
    starting, may_start = tmp_path / "starting", tmp_path / "may-start"
    starting.mkdir()
    waits = (
        f"import os, time\nopen(os.path.join({str(starting)!r}, str(os.getpid())), 'w').close()\n"
        f"while not os.path.exists({str(may_start)!r}): time.sleep(0.01)\n"
    )
    world.deploy("slow-start", waits + SLOW, Timeout=60)
    world.deploy("quick-start", SLOW)
    calls = [asyncio.run_coroutine_threadsafe(world.calling("slow-start", 0.3), world.loop) for _ in range(BURST)]
    wait_until(lambda: len(list(starting.iterdir())) == BURST, "all are starting", 60)
    world.clock.shift += 20
    may_start.touch()
    slow = sorted(int(call.result(60).payload) for call in calls)
    quick = _burst(world, "quick-start")
    # The slow ones are kept for 200 s and more.
    world.clock.shift += 150
    wait_until(lambda: sum(map(alive, quick)) == 1, "the quick ones have gone", 60)
    assert all(map(alive, slow))
