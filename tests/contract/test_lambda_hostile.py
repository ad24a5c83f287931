"""Functions that misbehave: only their own call fails, with Lambda's error; no process is left, the next call works,
and the calls of another function go on; how fast, `make bench` tells.

In a sandbox, and in the fallback of hosts that forbid namespaces. Limits and errors:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
import uuid
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from groundcloud.runtime import limits
from groundcloud.runtime.process_tree import tasks
from tests.fakes.hostile_world import HostileWorld
from tests.fakes.lambda_world import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="both ways are Linux's")


PROCESSES = 320
"""The kernel binds no process namespace to less than 301."""


@pytest.fixture(scope="module", params=[True, False], ids=["sandbox", "fallback"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileWorld]:
    with pytest.MonkeyPatch.context() as patch:
        # To make AWS's 1,024 processes takes long; `test_lambda_limits` counts them.
        patch.setattr(limits, "PROCESSES", PROCESSES)
        patch.setattr(limits, "PROCESSES_SEEN", PROCESSES + 32)
        patch.setattr(limits, "PROCESSES_KEPT", PROCESSES // 4)
        world = HostileWorld(tmp_path_factory.mktemp("hostile"), namespaces=request.param)
        if request.param and not world.sandboxed:
            world.close()
            pytest.skip("this host has no sandboxes")
        yield world
        world.close()


class Case(NamedTuple):
    """What a handler does, and the error of its call: its type and, as a pattern, its message. "" is no error: it
    returns 1. `log` is a pattern in the log of the call; `only` the world that it is for."""

    name: str
    body: str
    error: str = ""
    message: str = ""
    log: str = ""
    config: dict[str, Any] = MappingProxyType({})  # type: ignore[assignment]
    only: str = ""


EXITED = "RequestId: {id} Error: Runtime exited with error: "
KILLED = EXITED + "signal: killed"
TIMED_OUT = r"RequestId: {id} Error: Task timed out after 1\.00 seconds"
NO_JSON = "Unable to marshal response: "
OUT_OF_MEMORY = r"Max Memory Used: 128 MB\t.*Status: error\tError Type: Runtime\.OutOfMemory"
ENDLESS = {"Timeout": 1}
ROOMY = {"Timeout": 60, "MemorySize": 3008}
GREEDY = "x = []\nwhile True: x.append(bytearray(1 << 20))"
FILLS = "with open('/tmp/x', 'wb', buffering=0) as file:\n    while True: file.write(bytes(1 << 20))"
RAISES = "thread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()\nreturn 1"
IGNORES = """
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
time.sleep(60)
"""

CASES = [
    Case("loop", "while True: pass", "Sandbox.Timedout", TIMED_OUT, r"Task timed out after 1\.00 seconds", ENDLESS),
    Case("recursion", "return handler(event, context)", "RecursionError", "maximum recursion depth exceeded.*"),
    Case(
        "processes",
        "while True: subprocess.Popen(['sleep', '60'])",
        "BlockingIOError",
        r"\[Errno 11\] Resource temporarily unavailable",
        config=ROOMY,
        only="sandbox",
    ),
    Case(
        "threads",
        "while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "RuntimeError",
        "can't start new thread",
        config=ROOMY,
        only="sandbox",
    ),
    Case(
        "more-threads-than-there-are",
        "while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "Runtime.ExitError",
        KILLED,
        config=ROOMY,
        only="fallback of root",
    ),
    Case("hog", GREEDY, "Runtime.ExitError", KILLED, OUT_OF_MEMORY),
    Case(
        "hogging-child",
        "if os.fork():\n    time.sleep(60)\n" + GREEDY,
        "Runtime.ExitError",
        KILLED,
        OUT_OF_MEMORY,
        {"Timeout": 20},
    ),
    Case("closes-stdout", "os.close(1); os.close(2); return 1"),
    Case("closes-sys-stdout", "sys.stdout.close()\nprint(1)", "ValueError", r"I/O operation on closed file\."),
    Case("closes-everything", "os.closerange(0, 1024); return 1"),
    Case(
        "fills-tmp",
        FILLS,
        "OSError",
        r"\[Errno 28\] No space left on device",
        config={"EphemeralStorage": {"Size": 32}},
        only="sandbox",
    ),
    Case(
        "many-files",
        "FILES = [open('/dev/null') for _ in range(2000)]",
        "OSError",
        r"\[Errno 24\] Too many open files: '/dev/null'",
    ),
    Case("floods", "while True: print('x' * 1000)", "Sandbox.Timedout", TIMED_OUT, "x" * 1000, ENDLESS),
    Case(
        "floods-short-lines",
        "while True: os.write(1, b'y\\n' * 32768)",
        "Sandbox.Timedout",
        TIMED_OUT,
        "y\ny",
        ENDLESS,
        only="sandbox",
    ),
    Case(
        "floods-one-line",
        "while True: os.write(1, b'z' * 65536)",
        "Sandbox.Timedout",
        TIMED_OUT,
        "z" * 1000,
        ENDLESS,
        only="sandbox",
    ),
    Case("thread-raises", RAISES, log="Exception in thread .*ZeroDivisionError: division by zero"),
    Case(
        "no-json",
        "return object()",
        "Runtime.MarshalError",
        NO_JSON + "Object of type object is not JSON serializable",
    ),
    Case("circle", "x = []\nx.append(x)\nreturn x", "Runtime.MarshalError", NO_JSON + "Circular reference detected"),
    Case("exits", "sys.exit(3)", "Runtime.ExitError", EXITED + "exit status 3", "exit status 3\nRuntime.ExitError"),
    Case(
        "exits-well",
        "os._exit(0)",
        "Runtime.ExitError",
        "RequestId: {id} Error: Runtime exited without providing a reason",
        "Error Type: Runtime.ExitError",
    ),
    Case("crashes", "ctypes.string_at(0)", "Runtime.ExitError", EXITED + "signal: segmentation fault"),
    Case("ignores-signals", IGNORES, "Sandbox.Timedout", TIMED_OUT, config=ENDLESS),
    Case("stops-itself", "os.kill(os.getpid(), signal.SIGSTOP)", "Sandbox.Timedout", TIMED_OUT, config=ENDLESS),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_only_its_own_call_fails(world: HostileWorld, case: Case) -> None:
    """troubleshooting-invocation.html; the messages of Python functions are those of the interpreter and of
    github.com/aws/aws-lambda-python-runtime-interface-client. Where the kernel does not refuse root more processes, an
    environment that has too many is ended: ours."""
    here = "sandbox" if world.sandboxed else "fallback of root" if os.geteuid() == 0 else "fallback"
    if case.only not in ("", here):
        pytest.skip(f"this is the {here}")
    world.misbehave(case.name, case.body, **case.config)
    before = world.processes()
    result = world.beside(case.name)
    answer, tail = json.loads(result.payload), result.log_tail.decode()
    if case.error:
        assert (result.function_error, answer["errorType"]) == ("Unhandled", case.error), answer
        assert re.fullmatch(case.message.replace("{id}", result.request_id), answer["errorMessage"]), answer
    else:
        assert (result.function_error, answer) == (None, 1)
    assert re.search(case.log, tail, re.DOTALL), tail
    assert world.value(case.name, "good") == 1
    world.forget(case.name, before)


def test_a_bomb_of_forks_is_bounded(world: HostileWorld) -> None:
    """gettingstarted-limits.html: 1,024 processes and threads. Every process of the bomb forks. All of them
    speak to the same Runtime API, so what the call ends with is up to them, as on Lambda; that it ends is not."""
    if not world.sandboxed:
        pytest.skip("who runs the cloud as root without sandboxes has no such bound: no test may risk its host")
    world.misbehave("bomb", "while True: os.fork()", Timeout=3, MemorySize=10240)
    before, family = world.processes(), tasks(os.getpid(), 10_000)
    future = asyncio.run_coroutine_threadsafe(world.calling("bomb"), world.loop)
    most = 0
    while not future.done():
        most = max(most, tasks(os.getpid(), 10_000) - family)
    future.result()
    threads_of_ours = 32
    assert 1 < most <= PROCESSES + threads_of_ours
    # Not by `processes`: to read a command line the kernel waits for a process that forks.
    wait_until(lambda: tasks(os.getpid(), 10_000) <= family + threads_of_ours, "the bomb is over", 90)
    assert world.value("bomb", "good") == 1
    world.forget("bomb", before)


def test_a_crowd_that_a_failed_call_left_is_ended(world: HostileWorld) -> None:
    """Ours: copies of the runtime would ask for the next call, and take its turns."""
    if not world.sandboxed:
        pytest.skip("the crowd is counted from the sandbox's init")
    world.misbehave(
        "crowd",
        f"for _ in range({PROCESSES // 2}):\n    if os.fork() == 0: signal.pause()\nraise ValueError('full')",
        MemorySize=10240,
    )
    before = world.processes()
    assert world.invoke("crowd").function_error == "Unhandled"
    wait_until(lambda: world.processes() <= before, "the crowd is gone", 90)
    assert world.value("crowd", "good") == 1
    world.forget("crowd", before)


ESCAPES = """
script = f"setsid setsid sleep {event} & setsid sleep {event} & sleep 0.2"
subprocess.Popen(["sh", "-c", script], start_new_session=True).wait()
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    time.sleep(60)
if SPARES: return 1
os._exit(1)
"""


@pytest.mark.parametrize("spares", [True, False])
def test_a_child_does_not_outlive_its_environment(world: HostileWorld, spares: bool) -> None:
    """Our own promise: whatever sessions and parents a process has left, it ends with its environment; which ends with
    its process, when its function changes or is deleted, when it is idle, and with the cloud."""
    name, mark = f"escapes-{spares}", f"61.{uuid.uuid4().int % 10**9}"
    world.misbehave(name, ESCAPES.replace("SPARES", str(spares)))
    before = world.processes()
    result = world.invoke(name, mark)
    if spares:
        assert (json.loads(result.payload), len(world.processes(mark))) == (1, 2)
        assert world.value(name, "good") == 1
        world.forget(name, before)
    else:
        assert json.loads(result.payload)["errorType"] == "Runtime.ExitError"
    wait_until(lambda: not world.processes(mark), "its children are gone")
    if not spares:
        assert world.value(name, "good") == 1
        world.forget(name, before)


INIT_REPORT = r"INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: {}\tStatus: error\tError Type: Runtime\.{}\n"


@pytest.mark.parametrize(
    ("start", "kind", "reason"),
    [
        ("os._exit(3)", "ExitError", "exit status 3"),
        ("sys.exit(3)", "ExitError", "exit status 3"),
        ("x = [bytearray(1 << 20) for _ in range(1 << 20)]", "OutOfMemory", "signal: killed"),
    ],
)
def test_a_start_that_fails_is_tried_twice(world: HostileWorld, start: str, kind: str, reason: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: Lambda tries the Init phase again
    with the call; two INIT_REPORT lines tell of it."""
    name = f"start-{uuid.uuid4().hex[:6]}"
    world.misbehave(name, "return 2", before=f"print('starting', flush=True)\n{start}", Timeout=10)
    before = world.processes()
    result = world.beside(name)
    message = f"RequestId: {result.request_id} Error: Runtime exited with error: {reason}"
    assert json.loads(result.payload) == {"errorType": "Runtime.ExitError", "errorMessage": message}
    tail = result.log_tail.decode()
    first, second = INIT_REPORT.format("init", kind), INIT_REPORT.format("invoke", kind)
    started = f"START RequestId: {result.request_id} Version: \\$LATEST\n"
    said = f"starting\n{first}starting\n{second}{started}{message}\nRuntime.ExitError\nEND RequestId"
    assert re.match(said, tail), tail
    assert re.search(rf"Status: error\tError Type: Runtime\.{kind}\t\n$", tail), tail
    world.misbehave(name, "return 2")
    assert world.value(name) == 2
    world.forget(name, before)


def test_a_start_that_fails_once(world: HostileWorld) -> None:
    """As above: the second try serves the call, within the function's timeout, and REPORT has no Init Duration."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = f"import socket\nif socket.create_connection({server.getsockname()}).recv(1) == b'-': os._exit(1)"
        world.misbehave("second", "return context.get_remaining_time_in_millis()", before=start, Timeout=5)
        call = world.calling("second", tail_log=True)
        future = asyncio.run_coroutine_threadsafe(call, world.loop)
        server.settimeout(10)
        for word in (b"-", b"+"):
            with server.accept()[0] as connection:
                connection.sendall(word)
        result = future.result(60)
    assert 1000 < json.loads(result.payload) < 5000
    assert "Init Duration" not in result.log_tail.decode().splitlines()[-1]


SLEEPS = """
import time
def handler(event, context):
    if event:
        print("running", flush=True)
        time.sleep(event)
    return {}
"""


def test_deleted_during_a_call(world: HostileWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: a running call ends as it would."""
    world.deploy("deleted", SLEEPS.format(1))
    before = world.processes()
    world.value("deleted", 0)
    future = asyncio.run_coroutine_threadsafe(world.calling("deleted", 0.5), world.loop)
    wait_until(lambda: "running\n" in world.log("deleted"), "the call runs")
    world.remove("deleted")
    assert json.loads(future.result(60).payload) == 1
    wait_until(lambda: world.processes() <= before, "its process is gone")


def test_updated_during_a_call(world: HostileWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html: what runs goes on, new calls get new code."""
    before = world.processes()
    world.deploy("updated", SLEEPS.format(1))
    world.value("updated", 0)
    future = asyncio.run_coroutine_threadsafe(world.calling("updated", 0.5), world.loop)
    wait_until(lambda: "running\n" in world.log("updated"), "the call runs")
    world.deploy("updated", SLEEPS.format(2))
    assert world.value("updated", 0) == 2
    assert json.loads(future.result(60).payload) == 1
    world.forget("updated", before)
