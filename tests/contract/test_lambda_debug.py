"""Debugging: the next call waits for a debugger, and no time runs out meanwhile.

Source: issue 3, part 9; https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from groundcloud.http import Request, Response
from groundcloud.ports import InvokeResult
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import CLIENTS, LambdaWorld, wait_until
from tests.support.dap import DapClient

CODE = """import os
def handler(event, context):
    word = "before"
    left = context.get_remaining_time_in_millis()
    return [word, left > 60_000, sorted(name for name in os.environ if "DEBUG" in name or "ECLIPSE" in name)]
"""


@pytest.fixture(params=CLIENTS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path, **CLIENTS[request.param])
    yield world
    world.close()


def control(world: LambdaWorld, method: str, name: str, body: Any = None) -> Response:
    return world.control(method, "/functions/{name}/debug", name, body)


def calling(world: LambdaWorld, name: str) -> Future[InvokeResult]:
    """A call that goes on while the test does."""
    return asyncio.run_coroutine_threadsafe(world.calling(name), world.loop)


def attach(port: int, **arguments: Any) -> DapClient:
    editor = DapClient(port)
    editor.request("initialize", adapterID="test", pathFormat="path", linesStartAt1=True)
    editor.attaching = editor.send("attach", justMyCode=False, **arguments)  # type: ignore[attr-defined]
    editor.event("initialized")
    return editor


def test_a_breakpoint_in_the_developers_file_holds(world: LambdaWorld, tmp_path: Path) -> None:
    """The call waits longer than its timeout, stops at the breakpoint, its variable is changed, and it goes on."""
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "app.py").write_text(CODE)
    world.deploy("stops", CODE, Timeout=1)
    arn = f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:stops"
    [put] = [each for each in world.runtime.routes() if each.method == "PUT"]
    body = {"sources": [{"functionArn": arn, "folder": "src", "handler": "app.handler"}]}
    world.run(put.handler(Request("PUT", "", body=json.dumps(body).encode()), {}))
    assert world.value("stops")[0] == "before"

    answer = json.loads(control(world, "POST", "stops", {"port": 0}).body)
    assert (answer["language"], answer["host"], answer["folder"]) == ("python", "127.0.0.1", str(folder))
    call = calling(world, "stops")
    editor = attach(answer["port"])
    points = editor.request(
        "setBreakpoints", source={"path": str(folder / "app.py")}, breakpoints=[{"line": 4}], lines=[4]
    )
    assert points["breakpoints"][0]["verified"]
    editor.request("configurationDone")
    stopped = editor.event("stopped")
    with pytest.raises(TimeoutError):
        call.result(1.5)  # Longer than the function's timeout.
    [frame] = editor.request("stackTrace", threadId=stopped["threadId"], levels=1)["stackFrames"]
    assert (frame["source"]["path"], frame["line"]) == (str(folder / "app.py"), 4)
    editor.request("evaluate", expression="word = 'after'", frameId=frame["id"], context="repl")
    editor.request("continue", threadId=stopped["threadId"])
    assert json.loads(call.result(60).payload) == ["after", True, []]
    editor.request("disconnect", restart=False, terminateDebuggee=False)
    editor.close()
    # The debugger has gone; the environment is still good.
    assert world.value("stops")[0] == "before"


def test_only_the_next_environment_waits(world: LambdaWorld) -> None:
    """A concurrent call of the same function is not held up."""
    world.deploy("others", CODE)
    port = json.loads(control(world, "POST", "others", {"port": 0}).body)["port"]
    call = calling(world, "others")
    wait_until(lambda: json.loads(control(world, "GET", "others").body)["state"] == "running", "it is taken")
    assert world.value("others")[0] == "before"
    assert not call.done()
    editor = attach(port)
    editor.request("configurationDone")
    assert json.loads(call.result(60).payload)[0] == "before"
    editor.request("disconnect", restart=False, terminateDebuggee=False)
    editor.close()


def test_debugging_is_given_up(world: LambdaWorld) -> None:
    """`ground debug --off`: the call that waited ends with an error, the next is an ordinary one."""
    world.deploy("given-up", CODE)
    control(world, "POST", "given-up")
    call = calling(world, "given-up")
    wait_until(lambda: any("Waiting for a debugger" in line for line in world.log("given-up")), "it waits")
    assert control(world, "DELETE", "given-up").status == 204
    assert call.result(60).function_error or json.loads(call.result(60).payload)[0] == "before"
    assert world.value("given-up")[0] == "before"
    assert control(world, "DELETE", "given-up").status == 404
    assert control(world, "GET", "given-up").status == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "message"),
    [
        ("nobody", {}, 404, "Function not found"),
        ("java", {}, 400, "java21 cannot be debugged here"),
        ("fine", {"port": 70000}, 400, "the body is"),
        ("fine", {"port": "x"}, 400, "the body is"),
        ("fine", [], 400, "the body is"),
    ],
)
def test_what_is_refused(world: LambdaWorld, name: str, body: Any, status: int, message: str) -> None:
    """A sentence that says why, and no session."""
    world.deploy("java", CODE, Runtime="java21")
    world.deploy("fine", CODE)
    answer = control(world, "POST", name, body)
    assert answer.status == status
    assert message in json.loads(answer.body)["message"]
    assert control(world, "GET", name).status == 404


def test_node_waits_for_the_inspector(world: LambdaWorld) -> None:
    """https://nodejs.org/api/cli.html#--inspect-waithostport: the call goes on when the debugger says so"""
    world.engine.add_function(
        "node", {"app.js": "exports.handler = async () => 'done'"}, Runtime="nodejs22.x", Timeout=1
    )
    answer = json.loads(control(world, "POST", "node", {"port": 0}).body)
    assert answer["language"] == "node"
    call = calling(world, "node")
    inspector = Inspector(world, answer["port"])
    with pytest.raises(TimeoutError):
        call.result(1.5)  # Longer than the function's timeout.
    inspector.send("Runtime.runIfWaitingForDebugger")
    assert json.loads(call.result(60).payload) == "done"
    inspector.close()


class Inspector:
    """Sends commands to Node.js's inspector by WebSocket (RFC 6455), and does not read what it says."""

    def __init__(self, world: LambdaWorld, port: int, timeout: float = 60) -> None:
        wait_until(lambda: "Debugger listening on" in "".join(world.log("node")), "the inspector listens", timeout)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=timeout) as response:
            [target] = json.load(response)
        path = "/" + target["webSocketDebuggerUrl"].rpartition("/")[2]
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in self._socket.recv(4096)

    def send(self, method: str) -> None:
        data = json.dumps({"id": 1, "method": method}).encode()
        assert len(data) < 126
        self._socket.sendall(bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data)

    def close(self) -> None:
        self._socket.close()
