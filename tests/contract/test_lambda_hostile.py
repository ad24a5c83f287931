"""Functions that misbehave, each in a sandbox: only its own call fails, nothing is left, the next call works."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.lambda_world import LambdaWorld, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("hostile"), pure=False)
    world.deploy("probe", "import os\ndef handler(event, context): return os.getcwd()")
    if world.value("probe") != "/var/task":
        world.close()
        pytest.skip("this host has no sandboxes")
    yield world
    world.close()


def running(mark: str) -> bool:
    """Whether any process of this host has `mark` in its command line."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in entry.read_bytes():
                return True
        except OSError:
            continue
    return False


LIMITS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("loop", "while True: pass", "Sandbox.Timedout"),
        ("recursion", "return handler(event, context)", "RecursionError"),
        ("raises", "raise SystemExit(3)", "SystemExit"),
        ("unserialisable", "return object()", "Runtime.MarshalError"),
        ("hog", "x = []\n  while True: x.append(bytearray(1 << 20))", "Runtime.ExitError"),
        ("forks", "while True: os.fork()", "OSError"),
        ("fills", "f = open('/tmp/x', 'wb')\n  while True: f.write(bytes(1 << 20))", "OSError"),
    ],
)
def test_only_its_own_call_fails(world: LambdaWorld, name: str, body: str, kind: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and its error's troubleshooting page"""
    world.deploy(name, f"import os\ndef handler(event, context):\n  if event == 'good': return 1\n  {body}", Timeout=2)
    error = json.loads(world.invoke(name).payload)
    assert error["errorType"] in (kind, "Runtime.ExitError", "Sandbox.Timedout"), error
    assert world.value(name, "good") == 1
    assert world.value("probe") == "/var/task"


def test_child_in_a_session_of_its_own_ends_too(world: LambdaWorld) -> None:
    """Our own promise: no process outlives its environment."""
    mark = f"60.{uuid.uuid4().int % 10**9}"
    world.deploy(
        "escapes",
        f"import os, subprocess\ndef handler(event, context):\n"
        f"  subprocess.Popen(['sleep', '{mark}'], start_new_session=True)\n  os._exit(1)",
    )
    assert world.error("escapes")["errorType"] == "Runtime.ExitError"
    wait_until(lambda: not running(mark), "the child is gone")


def test_files_are_lambdas(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: only /tmp can be written."""
    world.deploy(
        "writes",
        """
import os
def handler(event, context):
    refused = []
    for folder in ("/var/task", "/opt", "/usr", "/etc", "/var/runtime"):
        try:
            open(folder + "/x", "w")
        except OSError:
            refused.append(folder)
    seen = os.listdir("/tmp")
    open("/tmp/mine", "w")
    return [refused, seen, os.path.expanduser("~"), os.getuid()]
""",
    )
    expected = [["/var/task", "/opt", "/usr", "/etc", "/var/runtime"], [], "/home/sbx_user1051", 993]
    assert world.value("writes") == expected


def test_more_memory_than_it_has(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html (Runtime.OutOfMemory)"""
    world.deploy(
        "greedy", "def handler(event, context):\n  x = []\n  while True: x.append(bytearray(1 << 20))", Timeout=10
    )
    result = world.invoke("greedy", tail_log=True)
    assert json.loads(result.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {result.request_id} Error: Runtime exited with error: signal: killed",
    }
    report = result.log_tail.decode().splitlines()[-1]
    assert "Max Memory Used: 128 MB" in report
    assert "Error Type: Runtime.OutOfMemory" in report
