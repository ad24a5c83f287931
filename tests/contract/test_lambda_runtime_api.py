"""The Runtime API itself, as a function's process meets it, and what happens when the cloud dies.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.lambda_world import LambdaWorld, alive, wait_until

_ROOT = Path(__file__).parents[2]

_ASK = """
import http.client, json, os
def ask(method, path, body=None, **headers):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2018-06-01/runtime/" + path, body, headers, encode_chunked=not isinstance(body, str))
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return [answer.status, json.loads(text).get("errorType") if text else None]
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), pure=False)
    yield world
    world.close()


def test_requests_out_of_place(world: LambdaWorld) -> None:
    """Wrong ids are 400, wrong states 403, unknown paths 404; the call goes on."""
    world.deploy(
        "misuse",
        _ASK
        + """
last = ""
def handler(event, context):
    global last
    answers = [
        ask("POST", "invocation/nonsense/response", "1"), ask("POST", "invocation/nonsense/error", "{}"),
        ask("POST", "invocation/" + last + "/response", "1") if last else None,
        ask("GET", "invocation/next"), ask("POST", "init/error", "{}"), ask("GET", "elsewhere"),
        ask("PUT", "invocation/next", "x"),
    ]
    last = context.aws_request_id
    return answers
""",
    )
    expected: list[Any] = [
        [400, "InvalidRequestID"],
        [400, "InvalidRequestID"],
        None,
        [403, "InvalidStateTransition"],
        [403, "InvalidStateTransition"],
        [404, "NotFound"],
        [404, "NotFound"],
    ]
    assert world.value("misuse") == expected
    expected[2] = [403, "InvalidStateTransition"]
    assert world.value("misuse") == expected


def test_chunked_response(world: LambdaWorld) -> None:
    """A runtime may send its response in chunks; what the client sends afterwards is refused."""
    world.deploy(
        "chunked",
        _ASK
        + """
def handler(event, context):
    headers = {"Transfer-Encoding": "chunked"}
    parts = iter([b'{"part', b'": ', b'1}'])
    return ask("POST", "invocation/" + context.aws_request_id + "/response", parts, **headers)
""",
    )
    assert world.value("chunked") == {"part": 1}


def test_garbage_on_the_socket(world: LambdaWorld) -> None:
    """What is no HTTP is refused, and hurts nobody."""
    world.deploy(
        "garbage",
        """
import os, socket
def handler(event, context):
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"\\x00\\x01 nonsense\\r\\n\\r\\n")
        return connection.recv(12).decode()
""",
    )
    assert world.value("garbage") == "HTTP/1.1 400"
    assert world.value("garbage") == "HTTP/1.1 400"


_SERVER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from groundcloud.clock import SystemClock
from groundcloud.ports import Invocation
from groundcloud.runtime import Runtime
from tests.fakes.fake_engine import SCOPE, FakeEngine

async def main():
    engine = FakeEngine()
    runtime = Runtime(
        engine, engine.changes, "http://127.0.0.1:1", Path({work!r}), SystemClock(), SCOPE, isolation=False
    )
    await runtime.start()
    engine.add_function("busy", {{"app.py": Path({code!r}).read_text()}}, Timeout=60)
    await runtime.invoke(Invocation("busy", b"{{}}", SCOPE))

asyncio.run(main())
"""


def test_sudden_death_of_the_cloud(tmp_path: Path) -> None:
    """Our own promise: `kill -9` of the cloud leaves no function running, though its handler is in a loop."""
    report = tmp_path / "pids"
    code = tmp_path / "busy.py"
    code.write_text(
        f"""
import os, signal, subprocess
def handler(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    with open({str(report)!r} + ".tmp", "w") as file:
        file.write(f"{{os.getpid()}} {{child.pid}}")
    os.rename({str(report)!r} + ".tmp", {str(report)!r})
    while True:
        pass
"""
    )
    script = _SERVER.format(root=str(_ROOT), work=str(tmp_path / "work"), code=str(code))
    with subprocess.Popen([sys.executable, "-c", script]) as server:
        wait_until(report.exists, "the handler runs")
        pids = [int(text) for text in report.read_text().split()]
        assert all(alive(pid) for pid in pids)
        os.kill(server.pid, signal.SIGKILL)
        for pid in pids:
            wait_until(lambda pid=pid: not alive(pid), "no process is left")  # type: ignore[misc]


def test_result_is_the_bytes_the_function_sent(world: LambdaWorld) -> None:
    """Bytes that a handler returns are passed on as they are."""
    world.deploy("bytes", "def handler(event, context): return b'\\x00\\xff raw'")
    assert world.invoke("bytes").payload == b"\x00\xff raw"
