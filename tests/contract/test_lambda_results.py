"""What a function's call ends with, over both runtime clients: AWS's own and our pure-Python one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.fakes.lambda_world import CLIENTS, LambdaWorld, alive, wait_until


@pytest.fixture(scope="module", params=CLIENTS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), **CLIENTS[request.param])
    yield world
    world.close()


@pytest.fixture(scope="module")
def plain_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    """Without sandboxes: process numbers are the host's. In sandboxes: test_lambda_hostile.py."""
    world = LambdaWorld(tmp_path_factory.mktemp("plain"), pure=False, isolation=False)
    yield world
    world.close()


def test_event_and_return_value_are_json(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"""
    world.deploy("echo", "def handler(event, context): return event")
    for value in ({"a": [1, 2.5, None, True, "ü€😀"]}, "text", 7, None, []):
        assert world.value("echo", value) == value


def test_decimals_are_numbers(world: LambdaWorld) -> None:
    """The runtime's marshaller writes what DynamoDB returns: awslambdaric, lambda_runtime_marshaller.py."""
    world.deploy(
        "decimal",
        """
from decimal import Decimal
def handler(event, context):
    return [Decimal("1.10"), {"n": Decimal("12345678901234567890")}]
""",
    )
    assert world.invoke("decimal").payload == b'[1.10, {"n": 12345678901234567890}]'


def test_warm_calls_share_an_environment(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    world.deploy(
        "count", "import os\nn = 0\ndef handler(event, context):\n  global n\n  n += 1\n  return [n, os.getpid()]"
    )
    results = [world.value("count") for _ in range(5)]
    assert [n for n, _ in results] == [1, 2, 3, 4, 5]
    assert len({pid for _, pid in results}) == 1


def test_context(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""
    world.deploy(
        "context",
        """
def handler(event, context):
    client = context.client_context
    return {
        "left": context.get_remaining_time_in_millis(), "id": context.aws_request_id, "name": context.function_name,
        "version": context.function_version, "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
        "group": context.log_group_name, "stream": context.log_stream_name,
        "identity": context.identity.cognito_identity_id, "client": client and client.custom,
    }
""",
        Timeout=5,
        MemorySize=256,
    )
    result = world.invoke("context")
    seen = json.loads(result.payload)
    assert 4000 < seen["left"] <= 5000
    assert seen["id"] == result.request_id
    assert seen["name"] == "context"
    assert seen["version"] == "$LATEST"
    assert seen["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:context"
    assert seen["memory"] == "256"
    assert seen["group"] == "/aws/lambda/context"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", seen["stream"])
    assert seen["identity"] is None
    assert seen["client"] is None
    with_client = world.invoke("context", client_context='{"custom": {"k": "v"}}')
    assert json.loads(with_client.payload)["client"] == {"k": "v"}


def test_unhandled_error(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    world.deploy("raises", "def inner():\n  raise KeyError('no such thing')\ndef handler(event, context):\n  inner()")
    result = world.invoke("raises")
    assert result.function_error == "Unhandled"
    error = json.loads(result.payload)
    assert error["errorType"] == "KeyError"
    assert error["errorMessage"] == "'no such thing'"
    assert error["requestId"] == result.request_id
    assert len(error["stackTrace"]) == 2
    assert re.fullmatch(r'  File ".*/app.py", line 4, in handler\n    inner\(\)\n', error["stackTrace"][0])
    # The environment stays: the next call is warm.
    assert world.error("raises")["errorType"] == "KeyError"
    assert sum("INIT_START" in line for line in world.log("raises")) == 1


@pytest.mark.parametrize(
    ("name", "code", "handler", "kind", "message"),
    [
        (
            "no-module",
            "import nowhere_to_be_found",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nowhere_to_be_found'",
        ),
        (
            "no-file",
            "",
            "other.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'other': No module named 'other'",
        ),
        ("no-handler", "x = 1", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        (
            "bad-syntax",
            "def handler(event context): pass",
            "app.handler",
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'app': invalid syntax (app.py, line 1)",
        ),
        (
            "bad-name",
            "",
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
        ),
        ("init-raises", "raise ValueError('not today')", "app.handler", "ValueError", "not today"),
    ],
)
def test_errors_while_starting(world: LambdaWorld, name: str, code: str, handler: str, kind: str, message: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html; wordings: awslambdaric"""
    world.deploy(name, code, Handler=handler)
    result = world.invoke(name, tail_log=True)
    error = json.loads(result.payload)
    assert (error["errorType"], error["errorMessage"]) == (kind, message)
    assert result.function_error == "Unhandled"
    tail = result.log_tail.decode()
    assert f"[ERROR] {kind}: {message}" in tail
    assert f"END RequestId: {result.request_id}" in tail
    world.deploy(name, "def handler(event, context): return 'mended'")
    assert world.value(name) == "mended"


def test_syntax_error_names_file_and_line(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    world.deploy("line", "def handler(event, context):\n    return (\n")
    trace = world.error("line")["stackTrace"]
    assert re.search(r'File ".*/app.py" Line 2', trace[0])


def test_result_that_is_no_json(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""
    world.deploy("set", "def handler(event, context): return {1, 2}")
    assert world.error("set") | {"requestId": ""} == {
        "errorType": "Runtime.MarshalError",
        "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
        "requestId": "",
        "stackTrace": [],
    }


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("exit-1", "import os\ndef handler(event, context): os._exit(1)", "Runtime exited with error: exit status 1"),
        ("exit-0", "import os\ndef handler(event, context): os._exit(0)", "Runtime exited without providing a reason"),
        (
            "killed",
            "import os\ndef handler(event, context): os.kill(os.getpid(), 9)",
            "Runtime exited with error: signal: killed",
        ),
        (
            "segfault",
            "import os\ndef handler(event, context): os.kill(os.getpid(), 11)",
            "Runtime exited with error: signal: segmentation fault",
        ),
        ("init-exit", "import sys\nsys.exit(3)", "Runtime exited with error: exit status 3"),
    ],
)
def test_runtime_that_exits(world: LambdaWorld, name: str, code: str, reason: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html (Runtime.ExitError)"""
    world.deploy(name, code)
    for _ in range(2):
        result = world.invoke(name, tail_log=True)
        assert json.loads(result.payload) == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {result.request_id} Error: {reason}",
        }
        assert "Error Type: Runtime.ExitError" in result.log_tail.decode()


def test_timeout_kills_what_ignores_signals(plain_world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html (timeouts)"""
    plain_world.deploy(
        "sleeper",
        """
import os, signal, subprocess, time
def handler(event, context):
    if event == "quick":
        return "done"
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    print(os.getpid(), child.pid)
    time.sleep(60)
""",
        Timeout=1,
    )
    assert plain_world.value("sleeper", "quick") == "done"
    result = plain_world.invoke("sleeper", tail_log=True)
    assert json.loads(result.payload) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {result.request_id} Error: Task timed out after 1.00 seconds",
    }
    lines = result.log_tail.decode().splitlines()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert any(re.fullmatch(rf"{stamp} {result.request_id} Task timed out after 1.00 seconds", line) for line in lines)
    assert "Status: timeout" in lines[-1]
    for pid in lines[1].split():
        wait_until(lambda pid=pid: not alive(int(pid)), f"process {pid} is gone")
    assert plain_world.value("sleeper", "quick") == "done"


def test_child_ends_with_its_environment(plain_world: LambdaWorld) -> None:
    """Our own promise: no process outlives its environment."""
    plain_world.deploy(
        "parent",
        """
import os, subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    print(child.pid, flush=True)
    os._exit(1)
""",
    )
    tail = plain_world.invoke("parent", tail_log=True).log_tail.decode()
    pid = int(tail.splitlines()[1])
    wait_until(lambda: not alive(pid), "the child is gone")


def test_environment_that_dies_between_calls(plain_world: LambdaWorld) -> None:
    """The next call gets a new environment: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    plain_world.deploy(
        "dies",
        """
import os, threading
def handler(event, context):
    threading.Timer(0.05, os._exit, [1]).start()
    return os.getpid()
""",
    )
    first = plain_world.value("dies")
    wait_until(lambda: not alive(first), "the environment is gone")
    assert plain_world.value("dies") != first


def test_response_too_large(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    world.deploy("large", "def handler(event, context): return 'x' * event")
    assert len(world.value("large", 6 * 1024 * 1024)) == 6 * 1024 * 1024
    assert world.error("large", 7 * 1024 * 1024) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert world.value("large", 1) == "x"


def test_largest_event(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    world.deploy("length", "def handler(event, context): return len(event)")
    assert world.value("length", "x" * (6 * 1024 * 1024 - 2)) == 6 * 1024 * 1024 - 2


def test_deep_recursion_is_an_error(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    world.deploy("recursion", "def handler(event, context): return handler(event, context)")
    assert world.error("recursion")["errorType"] == "RecursionError"
