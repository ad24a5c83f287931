"""Concurrent calls, throttling, changes while calls run, and the ends of environments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundcloud.errors import AwsError
from groundcloud.ports import InvokeResult
from groundcloud.runtime import limits, memory, pool
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import Gate, LambdaWorld, alive, wait_until

_SLOW = "import os, time\ndef handler(event, context):\n  time.sleep(event)\n  return os.getpid()"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    yield world
    world.close()


def _pids(results: list[object]) -> list[int]:
    return [json.loads(result.payload) for result in results if isinstance(result, InvokeResult)]


def test_one_environment_per_concurrent_call(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    world.deploy("slow", _SLOW)
    together = _pids(world.together(*(world.calling("slow", 0.3) for _ in range(4))))
    assert len(set(together)) == 4
    one_by_one = {world.value("slow", 0) for _ in range(5)}
    assert len(one_by_one) == 1, "the freshest environment is used again"
    assert one_by_one < set(together)


def test_short_calls_run_as_many_as_there_are_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: of a function that is known to be quick, as many calls run at a time as there are processors; those that
    wait count as running, so that reserved concurrency throttles as on AWS."""
    monkeypatch.setattr(pool, "processors", lambda: 2)
    monkeypatch.setattr(limits, "BRIEF_MS", 60_000.0)
    monkeypatch.setattr(limits, "LANE_SECONDS", 60.0)
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    try:
        world.deploy("short", _SLOW, reserved=4)
        world.value("short", 0)
        results = world.together(*(world.calling("short", 0.2) for _ in range(5)))
        assert (len(_pids(results)), len(set(_pids(results)))) == (4, 2)
        assert [error.status for error in results if isinstance(error, AwsError)] == [429]
    finally:
        world.close()


def test_calls_that_turn_out_to_be_long_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html, whatever the calls before them took"""
    monkeypatch.setattr(pool, "processors", lambda: 2)
    monkeypatch.setattr(limits, "BRIEF_MS", 60_000.0)
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    try:
        world.deploy("slow", _SLOW)
        world.value("slow", 0)
        assert len(set(_pids(world.together(*(world.calling("slow", 1) for _ in range(4)))))) == 4
    finally:
        world.close()


def test_reserved_concurrency(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html; throttled at once, never queued"""
    world.deploy("reserved", _SLOW, reserved=2)
    results = world.together(*(world.calling("reserved", 0.3) for _ in range(3)))
    refused = [result for result in results if isinstance(result, AwsError)]
    assert len(_pids(results)) == 2
    assert [(error.code, error.status, error.message) for error in refused] == [
        ("TooManyRequestsException", 429, "Rate Exceeded.")
    ]
    assert refused[0].fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert world.value("reserved", 0)
    world.run(world.runtime.flush_metrics())
    data = [datum for call in world.engine.asked("cloudwatch", "PutMetricData") for datum in call["MetricData"]]
    throttles = [datum for datum in data if datum["MetricName"] == "Throttles" and 1.0 in datum["Values"]]
    assert throttles[0]["Counts"][throttles[0]["Values"].index(1.0)] == 1.0


def test_account_limit(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html#concurrency-quotas; throttled at once"""
    monkeypatch.setattr(limits, "CONCURRENT_EXECUTIONS", 2)
    world.deploy("one", _SLOW)
    world.deploy("two", _SLOW)
    results = world.together(*(world.calling(name, 0.3) for name in ("one", "two", "two")))
    refused = [result for result in results if isinstance(result, AwsError)]
    assert len(_pids(results)) == 2
    assert [error.fields["Reason"] for error in refused] == ["ConcurrentInvocationLimitExceeded"]
    assert refused[0].status == 429


def test_idle_environments_of_others_make_room(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: where the machine is full, the longest idle goes first."""
    monkeypatch.setattr(limits, "ENVIRONMENTS", 3)
    for name in ("one", "two", "three"):
        world.deploy(name, _SLOW)
    first, second, third = (world.value(name, 0) for name in ("one", "two", "three"))
    _pids(world.together(world.calling("three", 0.2), world.calling("three", 0.2)))
    wait_until(lambda: not alive(first), "the oldest made room")
    assert (alive(second), alive(third)) == (True, True)


def test_calls_wait_where_the_machine_is_full(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: AWS would have another environment; here a call waits for one, in order, and is not throttled."""
    monkeypatch.setattr(limits, "ENVIRONMENTS", 2)
    world.deploy("flooded", _SLOW)
    results = world.together(*(world.calling("flooded", 0.05) for _ in range(10)))
    assert len(_pids(results)) == 10
    assert len(set(_pids(results))) == 2


def test_a_flooded_function_starves_no_other(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: those that wait take turns, one function after the other."""
    monkeypatch.setattr(limits, "ENVIRONMENTS", 2)
    world.deploy("flood", _SLOW)
    world.deploy("single", _SLOW)

    async def scenario() -> int:
        flood = [asyncio.create_task(world.calling("flood", 0.25)) for _ in range(200)]
        await asyncio.sleep(0.1)
        await world.calling("single", 0)
        left = [task for task in flood if not task.done()]
        for task in left:
            task.cancel()
        return len(left)

    assert world.run(scenario()) >= 10


def test_waiting_is_bounded(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: what waits too long, and what comes when too many wait, is throttled in AWS's words."""
    monkeypatch.setattr(limits, "ENVIRONMENTS", 1)
    monkeypatch.setattr(limits, "WAITING_CALLS", 2)
    monkeypatch.setattr(limits, "WAITING_SECONDS", 0.3)
    world.deploy("one", _SLOW)
    results = world.together(*(world.calling("one", 1) for _ in range(4)))
    refused = [str(result) for result in results if isinstance(result, AwsError)]
    assert len(_pids(results)) == 1
    assert sum("2 invocations wait" in text for text in refused) == 1
    assert sum("no execution environment within 0.3 s" in text for text in refused) == 2


def test_caller_that_goes_away_while_it_waits(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is given to the next."""
    monkeypatch.setattr(limits, "ENVIRONMENTS", 1)
    world.deploy("one", _SLOW)

    async def scenario() -> InvokeResult:
        running = asyncio.create_task(world.calling("one", 0.3))
        await asyncio.sleep(0.1)
        leaving = asyncio.create_task(world.calling("one", 0))
        staying = asyncio.create_task(world.calling("one", 0))
        await asyncio.sleep(0.05)
        leaving.cancel()
        await running
        return await staying

    assert world.run(scenario()).function_error is None


def test_never_more_memory_than_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: memory is measured; idle environments end first, the oldest before, then calls wait."""
    monkeypatch.setattr(limits, "MEASURE_SECONDS", 0.02)
    monkeypatch.setattr(memory, "measure", lambda pids: [90 for _ in pids])
    world = LambdaWorld(tmp_path, pure=True, isolation=False, memory_budget=200)
    pids = []
    for name in ("one", "two", "three"):
        world.deploy(name, _SLOW)
        pids.append(world.value(name, 0))
    wait_until(lambda: not alive(pids[0]), "the oldest idle environment was ended")
    assert alive(pids[2])
    results = world.together(*(world.calling("three", 0.1) for _ in range(6)))
    assert len(_pids(results)) == 6
    assert len(set(_pids(results))) <= 2, "200 MB are room for two"
    wait_until(lambda: not alive(pids[1]), "the next made room")
    world.close()


def test_memory_is_measured(world: LambdaWorld) -> None:
    """Ours: what an environment holds, once its data were made."""
    world.deploy("holds", f"import os\ndata = os.urandom(70_000_000)\n{_SLOW}", MemorySize=512, Timeout=60)
    assert memory.measure([world.value("holds", 0)])[0] > 66


def test_deleted_while_idle(world: LambdaWorld) -> None:
    """Ours: the environments of a function that is gone end by themselves, whether or not anybody calls it again."""
    world.deploy("deleted", _SLOW)
    pid = world.value("deleted", 0)
    world.engine.remove_function("deleted")
    wait_until(lambda: not alive(pid), "the environment is gone")


def test_updated_while_idle(world: LambdaWorld) -> None:
    """Ours: as on AWS, no call reaches the old code; its environments end by themselves."""
    world.deploy("updated", _SLOW)
    pid = world.value("updated", 0)
    world.deploy("updated", _SLOW + " ")
    wait_until(lambda: not alive(pid), "the environment is gone")


def test_caller_that_goes_away(world: LambdaWorld) -> None:
    """On AWS a synchronous call runs to its end though its caller hung up; the environment is used again."""
    world.deploy("abandoned", "import os, time\ndef handler(event, context):\n  time.sleep(event)\n  print('through')")

    async def hang_up(event: float, calls: int) -> None:
        task = asyncio.create_task(world.calling("abandoned", event))
        await asyncio.sleep(0.001)
        await world.begun("abandoned", calls)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    world.run(hang_up(0, 0))
    world.invoke("abandoned", 0)
    before = world.log("abandoned")
    calls = 1 + sum(line.startswith("START ") for line in before)
    world.run(hang_up(0.5, calls))
    wait_until(lambda: world.log("abandoned").count("through\n") == calls, "the abandoned call ran to its end")
    world.invoke("abandoned", 0)
    starts = [sum("INIT_START" in line for line in lines) for lines in (before, world.log("abandoned"))]
    assert starts[0] == starts[1]


def test_update_makes_new_environments(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: what was running goes on"""
    world.deploy("updated", _SLOW)

    async def update_meanwhile() -> tuple[InvokeResult, InvokeResult]:
        running = asyncio.create_task(world.calling("updated", 0.4))
        await world.begun("updated")
        world.deploy("updated", "def handler(event, context): return 'new'")
        return await world.calling("updated", 0), await running

    new, old = world.run(update_meanwhile())
    assert json.loads(new.payload) == "new"
    pid = json.loads(old.payload)
    wait_until(lambda: not alive(pid), "the old environment is gone after its call")
    assert world.value("updated") == "new"


def test_changes_of_other_things_restart_nothing(world: LambdaWorld) -> None:
    """A change of the control plane alone makes no cold start."""
    world.deploy("kept", _SLOW)
    first = world.value("kept", 0)
    world.deploy("another", _SLOW)
    assert world.value("kept", 0) == first
    world.engine.functions[SCOPE, "kept"]["Configuration"]["Description"] = "new"
    world.engine.functions[SCOPE, "kept"]["Concurrency"] = {"ReservedConcurrentExecutions": 5}
    world.engine.changes.bump("lambda")
    assert world.value("kept", 0) == first
    asked = len(world.engine.asked("lambda", "GetFunction"))
    for _ in range(3):
        world.value("kept", 0)
    assert len(world.engine.asked("lambda", "GetFunction")) == asked, "a warm call asks nobody"


def test_changed_configuration_restarts(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    code = "import os\ndef handler(event, context): return os.environ.get('X')"
    world.deploy("configured", code, Environment={"Variables": {"X": "1"}})
    assert world.value("configured") == "1"
    world.deploy("configured", code, Environment={"Variables": {"X": "2"}})
    assert world.value("configured") == "2"


def test_deleted_during_a_call(world: LambdaWorld) -> None:
    """The running call ends well; the next is refused; no process stays."""
    world.deploy("deleted", _SLOW)

    async def delete_meanwhile() -> InvokeResult:
        running = asyncio.create_task(world.calling("deleted", 0.3))
        await world.begun("deleted")
        world.engine.remove_function("deleted")
        with pytest.raises(AwsError, match="Function not found"):
            await world.calling("deleted", 0)
        return await running

    pid = json.loads(world.run(delete_meanwhile()).payload)
    wait_until(lambda: not alive(pid), "the environment is gone")


def test_deleted_and_made_again_during_a_call(world: LambdaWorld) -> None:
    """A function of the same name is another function: it gets environments of its own."""
    world.deploy("reborn", _SLOW)

    async def replace_meanwhile() -> tuple[InvokeResult, InvokeResult]:
        running = asyncio.create_task(world.calling("reborn", 0.3))
        await world.begun("reborn")
        world.engine.remove_function("reborn")
        with pytest.raises(AwsError, match="Function not found"):
            await world.calling("reborn", 0)
        world.deploy("reborn", _SLOW)
        new = await world.calling("reborn", 0)
        return await running, new

    old, new = (json.loads(result.payload) for result in world.run(replace_meanwhile()))
    wait_until(lambda: not alive(old), "the old function's environment is gone")
    assert world.value("reborn", 0) == new


def _begin(world: LambdaWorld, name: str) -> asyncio.Task[InvokeResult]:
    """A call whose environment is being started."""
    before = len(world.engine.asked("sts", "AssumeRole"))

    async def begin() -> asyncio.Task[InvokeResult]:
        return asyncio.create_task(world.calling(name, 0))

    running: asyncio.Task[InvokeResult] = world.run(begin())
    wait_until(lambda: len(world.engine.asked("sts", "AssumeRole")) > before, "its environment is being started")
    return running


async def _ended(running: asyncio.Task[InvokeResult]) -> InvokeResult:
    return await running


def test_deleted_while_its_environment_starts(world: LambdaWorld) -> None:
    """The call is refused as one that comes later, and no further environment is started for it."""
    gate = Gate(world)
    world.deploy("deleted", _SLOW)
    running = _begin(world, "deleted")
    world.engine.remove_function("deleted")
    with pytest.raises(AwsError, match="Function not found"):
        world.invoke("deleted", 0)
    world.loop.call_soon_threadsafe(gate.open)
    with pytest.raises(AwsError, match="Function not found: arn:aws:lambda:us-east-1:123456789012:function:deleted"):
        world.run(_ended(running))
    assert len(world.engine.asked("sts", "AssumeRole")) == 1


def test_deleted_and_made_again_while_its_environment_starts(world: LambdaWorld) -> None:
    """The call goes on in the new function of that name."""
    gate = Gate(world)
    world.deploy("reborn", "def handler(event, context): return 'old'")
    running = _begin(world, "reborn")
    world.engine.remove_function("reborn")
    with pytest.raises(AwsError, match="Function not found"):
        world.invoke("reborn", 0)
    world.deploy("reborn", "def handler(event, context): return 'new'")
    # Its pool is there as soon as somebody calls it.
    other = _begin(world, "reborn")
    world.loop.call_soon_threadsafe(gate.open)
    assert [world.run(_ended(each)).payload for each in (running, other)] == [b'"new"', b'"new"']


def test_start_that_never_ends(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
    monkeypatch.setattr(limits, "INIT_SECONDS", 0.2)
    world.deploy("hangs", "import time\nprint('thinking')\ntime.sleep(60)", Timeout=1)
    result = world.invoke("hangs", tail_log=True)
    assert json.loads(result.payload)["errorType"] == "Sandbox.Timedout"
    assert "thinking" in result.log_tail.decode()
    assert any(line.startswith("INIT_REPORT Init Duration: 1") for line in world.log("hangs"))


def test_a_start_that_took_too_long_is_tried_again(
    world: LambdaWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib: "Lambda
    retries the Init phase at the time of the first function invocation with the configured function timeout"."""
    monkeypatch.setattr(limits, "INIT_SECONDS", 0.5)
    code = (
        "import os, time\nwhile not os.path.exists({!r}): time.sleep(0.01)\ndef handler(event, context): return 'ran'"
    )
    go = tmp_path / "go"
    world.deploy("slow", code.format(str(go)), Timeout=60)

    async def call() -> InvokeResult:
        calling = asyncio.create_task(world.calling("slow"))
        while "INIT_REPORT" not in "".join(world.engine.messages("/aws/lambda/slow")):
            await asyncio.sleep(0.01)
            await world.runtime.flush_logs()
        go.touch()
        return await calling

    assert json.loads(world.run(call()).payload) == "ran"
    reports = [line for line in world.log("slow") if line.startswith("INIT_REPORT")]
    assert len(reports) == 1
    assert "Phase: init\tStatus: timeout" in reports[0]


def test_function_that_calls_itself(world: LambdaWorld) -> None:
    """A handler that waits for another call of its own function gets another environment."""
    world.deploy("inner", _SLOW)

    async def nested() -> list[int]:
        async def outer(depth: int) -> list[int]:
            slow = asyncio.create_task(world.calling("inner", 0.2))
            await asyncio.sleep(0.02)
            below = await outer(depth - 1) if depth else []
            return [json.loads((await slow).payload), *below]

        return await outer(3)

    assert len(set(world.run(nested()))) >= 2


def test_idle_environments_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: AWS ends the idle as well"""
    monkeypatch.setattr(limits, "REAP_SECONDS", 0.05)
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    world.deploy("idle", _SLOW)
    pid = world.value("idle", 0)
    world.clock.shift += limits.IDLE_SECONDS + 1
    wait_until(lambda: not alive(pid), "the idle environment was ended")
    assert world.value("idle", 0) != pid
    world.close()


def test_stop_leaves_nothing(tmp_path: Path) -> None:
    """Our own promise: no orphan, whatever the function does."""
    world = LambdaWorld(tmp_path, pure=False, isolation=False)
    world.deploy(
        "children",
        """
import os, signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    print("ready")
    time.sleep(event)
    return [os.getpid(), child.pid]
""",
        Timeout=60,
    )
    pids = world.value("children", 0)

    async def leave_running() -> None:
        world.background = asyncio.create_task(world.calling("children", 60))  # type: ignore[attr-defined]

    world.run(leave_running())
    wait_until(lambda: world.log("children").count("ready\n") == 2, "the second call runs")
    world.close()
    for pid in pids:
        wait_until(lambda pid=pid: not alive(pid), "processes are gone")  # type: ignore[misc]


_MEETS = """
import os, time
def handler(event, context):
  mine, folder = event
  open(os.path.join(folder, mine), "w").close()
  while not all(os.path.exists(os.path.join(folder, name)) for name in "abcd"):
    time.sleep(0.01)
"""


def test_concurrent_executions_of_each_function_and_of_all(world: LambdaWorld, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html: over the account without dimensions"""
    for name in ("one", "two"):
        world.deploy(name, _MEETS, Timeout=60)
    calls = zip(("one", "one", "one", "two"), "abcd", strict=True)
    world.together(*(world.calling(name, [mine, str(tmp_path)]) for name, mine in calls))
    world.run(world.runtime.flush_metrics())
    peaks: dict[str, float] = {}
    for call in world.engine.asked("cloudwatch", "PutMetricData"):
        for datum in call["MetricData"]:
            if datum["MetricName"] == "ConcurrentExecutions":
                whose = "".join(each["Value"] for each in datum["Dimensions"])
                peaks[whose] = max(peaks.get(whose, 0), *datum["Values"])
    assert peaks == {"": 4, "one": 3, "two": 1}
