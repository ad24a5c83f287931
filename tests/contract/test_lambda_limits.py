"""Lambda's quotas, each at its edge: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from groundcloud.errors import AwsError
from groundcloud.runtime import limits
from groundcloud.runtime.call import Outcome
from groundcloud.runtime.function import Reference
from groundcloud.stacks.variables import variables_problem
from tests.fakes.fake_engine import SCOPE, zipped
from tests.fakes.lambda_world import CLIENTS, LambdaWorld, wait_until
from tests.support.functions import Functions
from tests.support.packages import archive

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module", params=CLIENTS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("limits"), **CLIENTS[request.param])
    yield world
    world.close()


def _sandboxed(world: LambdaWorld) -> None:
    world.deploy("where", "import os\ndef handler(event, context): return os.getcwd()")
    if world.value("where") != "/var/task":
        pytest.skip("only sandboxes have a /tmp of their own")


FILL = """
import os
def handler(event, context):
    written = 0
    try:
        with open("/tmp/x", "wb", buffering=0) as file:
            while True: written += file.write(bytes(1 << 20))
    except OSError as error:
        return [error.errno, written >> 20]
    finally:
        os.unlink("/tmp/x")
"""
SIZE = "import os\ndef handler(event, context):\n  s = os.statvfs('/tmp')\n  return s.f_blocks * s.f_frsize >> 20"


@pytest.mark.parametrize("runtime", ["forked", "started"])
def test_tmp_is_as_large_as_the_function_asks(world: LambdaWorld, runtime: str) -> None:
    """/tmp: 512 MB unless the function asks for more, up to 10,240; full is ENOSPC. (The smaller size is for speed.)"""
    _sandboxed(world)
    # A variable that is read at a program's start makes an interpreter of its own.
    more: dict[str, Any] = {"Environment": {"Variables": {"MALLOC_ARENA_MAX": "2"}}} if runtime == "started" else {}
    for asked, size in ((None, 512), (2048, 2048), (10240, 10240)):
        storage = {"EphemeralStorage": {"Size": asked}} if asked else {}
        world.deploy(f"size-{size}-{runtime}", SIZE, **storage, **more)
        assert world.value(f"size-{size}-{runtime}") == size
    world.deploy(f"fills-{runtime}", FILL, EphemeralStorage={"Size": 24}, **more)
    for _ in range(2):
        assert world.value(f"fills-{runtime}") == [28, 24]


def test_tmp_of_node(world: LambdaWorld) -> None:
    """The same for a process that was started before its function was known, and for one that was not."""
    _sandboxed(world)
    code = "import {statfsSync} from 'fs';\nexport const handler = async () => { const s = statfsSync('/tmp');\n"
    files: dict[str, str | bytes] = {"index.mjs": f"{code}return s.blocks * s.bsize / 1048576; }};\n"}
    for size in (512, 1024, 512):
        config = {"Runtime": "nodejs24.x", "Handler": "index.handler", "Timeout": 10}
        world.engine.add_function(f"node-{size}", files, EphemeralStorage={"Size": size}, **config)
        assert world.value(f"node-{size}") == size


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not tell the memory of others")
def test_memory_of_a_child_counts_and_shared_memory_counts_once(world: LambdaWorld) -> None:
    """Max Memory Used is of the whole environment. A forked child that changes nothing shares what it has."""
    code = """
import os, time
x = bytearray(b"x" * (60 << 20))
def handler(event, context):
    for _ in range(2):
        if os.fork() == 0:
            y = bytearray(b"y" * (event << 20))
            time.sleep(0.5)
            os._exit(0)
    for _ in range(2):
        os.wait()
"""
    world.deploy("family", code, MemorySize=1024, Timeout=10)

    def used(event: int) -> int:
        tail = world.invoke("family", event, tail_log=True).log_tail.decode()
        return int(re.findall(r"Max Memory Used: (\d+) MB", tail)[-1])

    alone = used(0)
    assert 60 < alone < 220
    # It is looked at now and then: on a busy machine, not during every call. What was seen once is kept.
    wait_until(lambda: used(80) > alone + 60, "the children's memory is seen")


def test_events_and_answers_of_6_mb(world: LambdaWorld) -> None:
    """6 MB each for request and response of a synchronous call; the answer may have 100 bytes more, as the message of
    Lambda says. 413: https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html, as recorded in
    zaccharles.medium.com/deep-dive-lambdas-request-payload-size-limit-2-2-6350c1ae5577"""
    world.deploy("echo", "def handler(event, context): return event if isinstance(event, str) else 'x' * event")
    body = json.dumps("x" * (6 * MEGABYTE - 2)).encode()
    assert len(world.http("echo", body).body) == 6 * MEGABYTE
    with pytest.raises(AwsError) as caught:
        world.http("echo", body + b" ")
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLargeException", 413)
    assert caught.value.message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    assert len(world.value("echo", limits.RESPONSE_BYTES - 2)) == limits.RESPONSE_BYTES - 2
    assert world.error("echo", limits.RESPONSE_BYTES - 1) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert world.value("echo", "next") == "next"


def test_events_of_1_mb(world: LambdaWorld) -> None:
    """1 MB for an asynchronous call; error and message are recorded in github.com/ASFHyP3/hyp3/issues/2241."""
    world.deploy("event", "def handler(event, context): return 1")
    body = json.dumps("x" * (MEGABYTE - 2)).encode()
    assert world.http("event", body, X_Amz_Invocation_Type="Event").status == 202
    with pytest.raises(AwsError) as caught:
        world.http("event", body + b" ", X_Amz_Invocation_Type="Event")
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLargeException", 413)
    assert caught.value.message == (
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
    )


def test_long_lines_are_cut(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: the size of an event. Lambda
    cuts a line into events of 2**18 - 26 bytes (stackoverflow.com/q/77175643); none is lost, no character is torn."""
    world.deploy("long", "def handler(event, context): print('ä' * event)")
    count = limits.LOG_EVENT_BYTES // 2 + 10
    world.value("long", count)
    lines = [line.rstrip("\n") for line in world.log("long") if line.startswith("ä")]
    assert [len(line) for line in lines] == [count - 10, 10]


def test_variables_of_4_kb() -> None:
    """4 KB, measured as the JSON object that the message shows; one check for Lambda's API and for templates."""
    assert variables_problem({"A": "x" * (4096 - len('{"A":""}'))}) is None
    problem = variables_problem({"A": "x" * (4097 - len('{"A":""}'))})
    assert problem is not None
    assert problem.startswith("Lambda was unable to configure your environment variables because the environment")
    assert problem.endswith('exceeded the 4KB limit. String measured: {"A":"' + "x" * 4089 + '"}')
    # Quotation marks are escaped, other letters count in bytes.
    assert variables_problem({"A": '"' * 2044}) is None
    assert variables_problem({"A": '"' * 2045})
    assert variables_problem({"A": "ä" * 2044}) is None
    assert variables_problem({"A": "ä" * 2045})


@pytest.mark.parametrize(
    ("size", "constraint"), [(511, "greater than or equal to 512"), (10_241, "less than or equal to 10240")]
)
def test_tmp_of_512_to_10240_mb(functions: Functions, size: int, constraint: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_EphemeralStorage.html, in the words of AWS's validation."""
    constraint = f"failed to satisfy constraint: Member must have value {constraint}"
    role = functions.role("role")
    unchecked = functions.aws.client("lambda", config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        unchecked.create_function(
            FunctionName="f",
            Role=role,
            Code={"ZipFile": zipped({"app.py": ""})},
            Runtime="python3.11",
            Handler="app.handler",
            EphemeralStorage={"Size": size},
        )
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].endswith(f"Value '{size}' at 'ephemeralStorage.size' {constraint}")
    functions.make("g")
    with pytest.raises(ClientError, match="ephemeralStorage.size"):
        unchecked.update_function_configuration(FunctionName="g", EphemeralStorage={"Size": size})
    given = {"Role": role, "Code": {"ZipFile": ""}, "Runtime": "python3.11", "Handler": "app.handler"}
    template = {"Type": "AWS::Lambda::Function", "Properties": {**given, "EphemeralStorage": {"Size": size}}}
    with pytest.raises(ClientError, match="ephemeralStorage.size"):
        functions.aws.client("cloudformation").create_stack(
            StackName="s", TemplateBody=json.dumps({"Resources": {"F": template}})
        )


STREAMS = b"""#!/usr/bin/env python3
import os, socket, urllib.request
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
base = "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(f"http://{host}:{port}{base}next") as answer:
        left, request_id = int(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall((f"POST {base}{request_id}/response HTTP/1.1\\r\\nHost: x\\r\\n"
            "Lambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n").encode())
        while left:
            size = min(left, 1 << 20)
            connection.sendall(b"%x\\r\\n%s\\r\\n" % (size, bytes(size)))
            left -= size
        connection.sendall(b"0\\r\\n\\r\\n")
        connection.recv(65536)
"""


def _stream(world: LambdaWorld, size: int) -> tuple[int, Outcome]:
    """How many bytes of `size` arrive, and how the call ended."""
    package = archive({"bootstrap": STREAMS})
    world.engine.add_function("streams", package, Runtime="provided.al2023", Handler="x", Timeout=300)

    async def call() -> tuple[int, Outcome]:
        reference = Reference(SCOPE, "streams", None)
        streamed = await world.runtime.stream_url(reference, str(size).encode(), "id", "Root=1")
        got = 0
        async for chunk in streamed.chunks():
            got += len(chunk)
        return got, await streamed.outcome()

    result: tuple[int, Outcome] = world.run(call(), 300)
    return result


@pytest.mark.parametrize("limit", [3 * MEGABYTE, pytest.param(200 * MEGABYTE, marks=pytest.mark.slow)])
def test_streams_of_200_mb(world: LambdaWorld, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html: at most 200 MB; what is
    beyond does not arrive, and the stream ends with the error. (The smaller limit is for speed.)"""
    if limit == 200 * MEGABYTE:
        assert limit == limits.STREAMED_RESPONSE_BYTES
    monkeypatch.setattr(limits, "STREAMED_RESPONSE_BYTES", limit)
    got, outcome = _stream(world, limit)
    assert (got, outcome.failed) == (limit, False)
    got, outcome = _stream(world, limit + 1)
    assert (got <= limit, outcome.failed) == (True, True)
    assert json.loads(outcome.payload) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({limit} bytes).",
    }


@pytest.mark.slow
def test_processes_and_threads_of_1024(world: LambdaWorld) -> None:
    """1,024 processes and threads of one environment, of which its own main thread is one."""
    _sandboxed(world)
    code = """
import threading, time
def handler(event, context):
    count = threading.active_count()
    try:
        while True:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            count += 1
    except RuntimeError as error:
        return [str(error), count]
"""
    world.deploy("threads", code, Timeout=60, MemorySize=3008)
    reason, count = world.value("threads")
    assert reason == "can't start new thread"
    assert 1000 < count <= 1024
