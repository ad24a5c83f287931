"""What a Python function's process sends to the Runtime API, byte for byte, against a socket that plays the API."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from groundcloud.runtime.python.api_client import RuntimeClient, stand_in

EVENT = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Lambda-Runtime-Aws-Request-Id: one\r\nLambda-Runtime-Deadline-Ms: 123\r\n\r\n{}"
)
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nok\n"
REFUSED = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\n{}"
NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"


class Api:
    """Listens; `take` is the next connection, on which a test reads and answers as it likes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._taken: list[socket.socket] = []
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def take(self) -> socket.socket:
        self._listener.settimeout(5)
        connection, _ = self._listener.accept()
        connection.settimeout(5)
        self._taken.append(connection)
        return connection

    def close(self) -> None:
        for one in (*self._taken, self._listener):
            one.close()


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    yield server
    server.close()


@pytest.fixture
def client(api: Api) -> Iterator[RuntimeClient]:
    made = RuntimeClient(api.address)
    yield made
    if made._socket is not None:
        made._socket.close()


def test_an_answer_and_the_question_for_the_next_event_are_one_packet(api: Api, client: RuntimeClient) -> None:
    client.respond("one", b'{"a":1}', "application/json")
    sent = api.take().recv(65536)
    answer, question = sent[: sent.index(NEXT)], sent[sent.index(NEXT) :]
    assert answer.startswith(b"POST /2018-06-01/runtime/invocation/one/response HTTP/1.1\r\n")
    assert answer.endswith(b'Content-Length: 7\r\n\r\n{"a":1}')
    assert question.endswith(b"\r\n\r\n")


def test_receipt_and_event_may_come_in_any_pieces(api: Api, client: RuntimeClient) -> None:
    client.respond("one", b"{}", "application/json")
    connection = api.take()

    def trickle() -> None:
        for position in range(len(ACCEPTED + EVENT)):
            connection.sendall((ACCEPTED + EVENT)[position : position + 1])

    writer = threading.Thread(target=trickle)
    writer.start()
    headers, body = client.next()
    writer.join()
    assert (headers["lambda-runtime-aws-request-id"], body) == ("one", b"{}")


def test_a_large_answer_is_not_followed_by_a_question_before_it_is_accepted(api: Api, client: RuntimeClient) -> None:
    """It may be refused, and the process that sent it is then about to end."""
    size = 100_000
    got = bytearray()

    def refuse() -> None:
        connection = api.take()
        while got.count(b"x") < size:
            got.extend(connection.recv(65536))
        connection.sendall(REFUSED)

    server = threading.Thread(target=refuse)
    server.start()
    with pytest.raises(RuntimeError, match="413"):
        client.respond("one", b"x" * size, "application/json")
    server.join()
    assert NEXT not in got


def test_a_refused_answer_is_told_when_the_next_event_is_asked_for(api: Api, client: RuntimeClient) -> None:
    client.respond("one", b"{}", "application/json")
    api.take().sendall(REFUSED)
    with pytest.raises(RuntimeError, match="413"):
        client.next()


def test_a_descriptor_that_the_function_closed_is_replaced(api: Api, client: RuntimeClient) -> None:
    client.respond("one", b"{}", "application/json")
    first = api.take()
    first.sendall(ACCEPTED + EVENT)
    client.next()
    assert client._socket is not None
    client._socket.close()
    client.respond("two", b"{}", "application/json")
    assert b"invocation/two/response" in api.take().recv(65536)


def test_the_stand_in_hands_out_what_the_compiled_client_does(api: Api, client: RuntimeClient) -> None:
    """awslambdaric 4.2.2: `runtime_client.next()` answers bytes and a dict, in which what is absent is None."""
    module = stand_in(client)
    module.post_error("one", '{"errorType":"X"}', '{"x":1}', None)
    connection = api.take()
    sent = connection.recv(65536)
    assert b"POST /2018-06-01/runtime/invocation/one/error HTTP/1.1" in sent
    assert b'Lambda-Runtime-Function-XRay-Error-Cause: {"x":1}\r\n' in sent
    connection.sendall(ACCEPTED + EVENT)
    body, headers = module.next()
    assert body == b"{}"
    assert headers == {
        "Lambda-Runtime-Aws-Request-Id": "one",
        "Lambda-Runtime-Trace-Id": None,
        "Lambda-Runtime-Invoked-Function-Arn": None,
        "Lambda-Runtime-Deadline-Ms": 123,
        "Lambda-Runtime-Client-Context": None,
        "Content-Type": "application/json",
        "Lambda-Runtime-Cognito-Identity": None,
        "Lambda-Runtime-Aws-Tenant-Id": None,
        "Lambda-Runtime-Invocation-Id": None,
    }
