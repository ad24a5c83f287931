"""The door to the cloud: invocations that come back, are refused, or find nobody. A small server stands for it."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from groundcloud_localstack.address import Address
from groundcloud_localstack.cloud import INVOKE_PATH, TIMEOUT, Cloud, Outcome
from groundcloud_localstack.errors import CloudError

from tests.support.processes import quiet_port

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


class Server(http.server.ThreadingHTTPServer):
    """Answers every request with `status` and `answer`; `asked` are the paths and bodies that came."""

    status = 200
    answer = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Any]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cloud(server: Server) -> Iterator[Cloud]:
    cloud = Cloud(Address(f"http://127.0.0.1:{server.server_port}"))
    yield cloud
    cloud.close()


def answer(**members: Any) -> bytes:
    return json.dumps(members).encode()


def test_a_function_is_run_in_the_cloud(server: Server, cloud: Cloud) -> None:
    server.answer = answer(payload=base64.b64encode(b'{"a": 1}').decode(), functionError=None, executedVersion="3")
    assert cloud.invoke(ARN, "3", "r-1", b"{}") == Outcome(b'{"a": 1}', None, "3")
    path, asked = server.asked[0]
    assert path == INVOKE_PATH
    assert asked == {
        "functionArn": ARN,
        "qualifier": "3",
        "payload": base64.b64encode(b"{}").decode(),
        "requestId": "r-1",
        "clientContext": None,
        "logs": False,
    }


def test_the_error_of_a_function_is_an_outcome(server: Server, cloud: Cloud) -> None:
    server.answer = answer(payload="e30=", functionError="Unhandled", executedVersion="$LATEST")
    assert cloud.invoke(ARN, "$LATEST", "r", b"").error == "Unhandled"


def test_a_refusal_is_told_with_its_words(server: Server, cloud: Cloud) -> None:
    server.status, server.answer = 404, answer(code="ResourceNotFoundException", message="Function not found")
    with pytest.raises(CloudError, match=r"refused to run .*:f: 404 .*Function not found"):
        cloud.invoke(ARN, "$LATEST", "r", b"")


@pytest.mark.parametrize("body", [pytest.param(b"<html>", id="no json"), pytest.param(b"{}", id="no payload")])
def test_an_answer_of_an_unknown_form_is_an_error(server: Server, cloud: Cloud, body: bytes) -> None:
    server.answer = body
    with pytest.raises(CloudError, match="in a form that is not known"):
        cloud.invoke(ARN, "$LATEST", "r", b"")


def test_nobody_there_is_an_error_that_names_the_address() -> None:
    address = f"http://127.0.0.1:{quiet_port()}"
    cloud = Cloud(Address(address))
    with pytest.raises(CloudError, match=f"does not answer at {address}"):
        cloud.invoke(ARN, "$LATEST", "r", b"")
    cloud.close()


def test_the_cloud_may_take_as_long_as_a_function():
    """Not ten seconds in all: a function has fifteen minutes."""
    assert (TIMEOUT.connect_timeout, TIMEOUT.total, TIMEOUT.read_timeout) == (10.0, None, 960.0)
