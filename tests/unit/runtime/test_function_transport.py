"""A function's own way to the cloud against botocore's: the same request on the wire, the same answer or error.

Each case is done twice, by botocore's `URLLib3Session` and by ours, on a socket that plays the cloud.
"""

from __future__ import annotations

import http.client
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.awsrequest import AWSHTTPConnectionPool, AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, HTTPClientError
from botocore.httpsession import URLLib3Session

from groundcloud.runtime.python.connection import Connection, Headers
from groundcloud.runtime.python.transport import Transport
from tests.fakes.lambda_world import wait_until
from tests.support.function_requests import HEADERS, prepared
from tests.support.scripted_server import DEADLINE, OK, Play, ScriptedServer, and_close, in_pieces, reset

Ways = Callable[[str], dict[str, Callable[[AWSPreparedRequest], AWSResponse]]]


@pytest.fixture
def ways(transports: Callable[[str], Transport]) -> Iterator[Ways]:
    """botocore's way and ours, to a cloud."""
    sessions: list[URLLib3Session] = []

    def make(url: str) -> dict[str, Callable[[AWSPreparedRequest], AWSResponse]]:
        sessions.append(URLLib3Session(timeout=(DEADLINE, DEADLINE)))
        return {"botocore": sessions[-1].send, "ours": transports(url)}

    yield make
    for session in sessions:
        session.close()


def outcome(send: Callable[[AWSPreparedRequest], AWSResponse], request: AWSPreparedRequest) -> Any:
    """What a caller can tell of it."""
    try:
        answer = send(request)
    except BotoCoreError as error:
        return type(error), str(error) if "unhandled" not in str(error) else "", sorted(error.kwargs)
    assert isinstance(answer, AWSResponse)
    return answer.status_code, list(answer.headers.items()), answer.content, answer.url, answer.text, answer.raw.read()


LARGE = b"x" * 300_000

ANSWERS: dict[str, Play | bytes] = {
    "plain": OK,
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}",
    "no reason and no space": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
    "error": b"HTTP/1.1 400 Bad Request\r\nX-Amzn-Errortype: Bad\r\nContent-Length: 2\r\n\r\n{}",
    "cases of names": b"HTTP/1.1 200 OK\r\nx-AMZ-crc32: 1\r\ncOnTent-LENGTH: 2\r\n\r\n{}",
    "names that come twice": b"HTTP/1.1 200 OK\r\nVary: a\r\nContent-Length: 2\r\nvary: b\r\n\r\n{}",
    "lengths that come twice": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "space around values": b"HTTP/1.1 200 OK\r\nA:b\r\nC:   d\r\nE: f \t\r\nG:\r\nContent-Length: 2\r\n\r\n{}",
    "a tab before a value": b"HTTP/1.1 200 OK\r\nA:\tb\r\nContent-Length: 2\r\n\r\n{}",
    "no ascii": "HTTP/1.1 200 OK\r\nA: bür\r\nContent-Length: 2\r\n\r\n{}".encode("latin-1"),
    "folded": b"HTTP/1.1 200 OK\r\nA: b\r\n  c\r\nContent-Length: 2\r\n\r\n{}",
    "many packets": in_pieces(b"HTTP/1.1 200 OK\r\nContent-Len", b"gth: 4\r\n\r", b"\n{", b'""', b"}"),
    "head, then body": in_pieces(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"{", b'""}'),
    "large": b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + LARGE,
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\nA: b\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "continued": b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    "closing": and_close(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"),
    "until the end": and_close(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}"),
    "old": and_close(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "coded": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    # what is broken
    "closed at once": and_close(b""),
    "reset": reset,
    "closed in the head": and_close(b"HTTP/1.1 200 OK\r\nContent-"),
    "closed in the body": and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"),
    "closed before the body": and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    "closed in a chunk": and_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "a bad chunk": and_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    "no http": and_close(b"Go away\r\n\r\n"),
    "no number": and_close(b"HTTP/1.1 two OK\r\nContent-Length: 2\r\n\r\n{}"),
    "too large a number": and_close(b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "another protocol": and_close(b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "too many headers": and_close(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101 + b"Content-Length: 2\r\n\r\n{}"),
    "too long a header": and_close(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "no length of a body": and_close(b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}"),
    "less than no body": and_close(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"),
    "more than the body": and_close(OK + b"more"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_what_botocore_makes_of_it(clouds: Callable[..., ScriptedServer], ways: Ways, answer: str) -> None:
    cloud = clouds(ANSWERS[answer], ANSWERS[answer])
    found = {name: outcome(send, prepared(cloud.url + "/")) for name, send in ways(cloud.url).items()}
    assert found["ours"] == found["botocore"]
    assert cloud.requests[0] == cloud.requests[1]


REQUESTS: dict[str, dict[str, Any]] = {
    "no body": {"body": None},
    "text": {"body": "Action=ListQueues"},
    "large": {"body": LARGE},
    "put": {"method": "PUT", "headers": {"x-amz-meta-Mine": b"b"}},
    "get": {"method": "GET", "body": None},
    "head": {"method": "HEAD", "body": None},
    "delete": {"method": "DELETE", "body": b""},
    "no ascii in a value": {"headers": {"X-Amz-Meta-A": "bür".encode()}},
    "text as a value": {"headers": {"X-Amz-Meta-A": "b"}},
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_is_on_the_wire_what_botocore_sends(
    clouds: Callable[..., ScriptedServer], ways: Ways, request_: str
) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    cloud = clouds(answer, answer)
    url = f"{cloud.url}/b/a%20%C3%BC/c.txt?list-type=2&prefix=a%2Fb"
    found = {name: outcome(send, prepared(url, **REQUESTS[request_])) for name, send in ways(cloud.url).items()}
    assert found["ours"] == found["botocore"]
    assert cloud.requests[0] == cloud.requests[1]
    assert cloud.requests[0]


LEFT: dict[str, dict[str, Any]] = {
    "a stream": {"stream": True},
    "a file": {"body": memoryview(b"{}")},
    "text that is not ascii": {"body": "ü"},
    "a length that is not told": {"method": "GET", "body": b"{}", "headers": {"Content-Length": None}},
    "expecting": {"headers": {"Expect": b"100-continue"}},
    "chunked": {"headers": {"Transfer-Encoding": b"chunked"}},
    "a host of its own": {"headers": {"Host": b"elsewhere"}},
    "an encoding of its own": {"headers": {"accept-encoding": b"gzip"}},
    "a line break in a value": {"headers": {"X-Amz-Meta-A": b"b\r\nC: d"}},
    "a folded value": {"headers": {"X-Amz-Meta-A": b"b\n c"}},
    "a colon in a name": {"headers": {"X-Amz-Meta:A": b"b"}},
    "a space in a name": {"headers": {"X Amz": b"b"}},
    "a proxy": {"proxies": {"http": "http://127.0.0.1:1"}},
    "kept alive": {"tcp_keepalive": True},
    "no timeout": {"read_timeout": None},
    "a timeout that is none": {"read_timeout": 0},
    "another timeout that is none": {"override": -1},
    "unsigned": {"signature_version": botocore.UNSIGNED},
}


@pytest.mark.parametrize("case", LEFT)
def test_what_is_not_plain_is_left_to_botocore(transports: Callable[[str], Transport], case: str) -> None:
    request = prepared("http://127.0.0.1:1/", **LEFT[case])
    if request.headers.get("Content-Length", b"") is None:
        del request.headers["Content-Length"]
    assert transports("http://127.0.0.1:1")(request) is None


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("http://127.0.0.1:4566", "http://127.0.0.1:45660/"),
        ("http://127.0.0.1:4566", "http://127.0.0.2:4566/"),
        ("http://127.0.0.1:4566", "https://127.0.0.1:4566/"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/a b"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/a%2f"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/a;b"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/a#b"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566/ü"),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("https://127.0.0.1:4566", "https://127.0.0.1:4566/"),
        ("http://127.0.0.1", "http://127.0.0.1/"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80/"),
        ("http://me@127.0.0.1:4566", "http://me@127.0.0.1:4566/"),
        ("http://LOCALHOST:4566", "http://LOCALHOST:4566/"),
        ("http://[::1]:4566", "http://[::1]:4566/"),
        ("", "http://127.0.0.1:4566/"),
    ],
)
def test_only_the_clouds_own_origin_is_taken(transports: Callable[[str], Transport], origin: str, url: str) -> None:
    assert transports(origin)(prepared(url)) is None


def test_requests_without_a_clients_configuration_are_left(transports: Callable[[str], Transport]) -> None:
    headers = HeadersDict(HEADERS)
    for context in (None, {}):
        request = AWSPreparedRequest("POST", "http://127.0.0.1:1/", headers, b"", False, context)
        assert transports("http://127.0.0.1:1")(request) is None


def test_where_urllib3s_log_is_wanted_it_is_urllib3_that_sends(transports: Callable[[str], Transport]) -> None:
    log = logging.getLogger("urllib3.connectionpool")
    log.setLevel(logging.DEBUG)
    try:
        assert transports("http://127.0.0.1:1")(prepared("http://127.0.0.1:1/")) is None
    finally:
        log.setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (URLLib3Session, "send"),
        (AWSHTTPConnectionPool, "urlopen"),
        (AWSHTTPConnectionPool, "ConnectionCls"),
        (http.client.HTTPConnection, "request"),
        (http.client.HTTPConnection, "putrequest"),
        (http.client.HTTPConnection, "send"),
        (http.client.HTTPConnection, "getresponse"),
        (http.client.HTTPConnection, "debuglevel"),
    ],
)
def test_who_has_got_between_botocore_and_the_network_is_asked(
    transports: Callable[[str], Transport], monkeypatch: pytest.MonkeyPatch, kind: type, name: str
) -> None:
    transport = transports("http://127.0.0.1:1")
    monkeypatch.setattr(kind, name, object())
    assert transport(prepared("http://127.0.0.1:1/")) is None


def test_a_connection_is_kept_as_long_as_it_is_open(clouds: Callable[..., ScriptedServer]) -> None:
    cloud = clouds(OK, OK, and_close(OK), OK, OK)
    made: list[Connection] = []

    def connect(address: tuple[str, int], timeout: float) -> Connection:
        made.append(Connection(address, timeout))
        return made[-1]

    transport = Transport(connect)
    transport.open(cloud.url)
    for index in range(5):
        assert transport(prepared(cloud.url + "/")).content == b"{}"
        if index == 2:
            wait_until(lambda: not made[0].is_fit(), "the end of the connection")
    one, two, three, four, five = cloud.ports
    assert one == two == three != four == five
    transport.forget()


def test_a_connection_on_which_more_came_is_not_used_again(
    clouds: Callable[..., ScriptedServer], transports: Callable[[str], Transport]
) -> None:
    cloud = clouds(OK + b"more", OK)
    transport = transports(cloud.url)
    for _ in range(2):
        assert transport(prepared(cloud.url + "/")).content == b"{}"
    assert len(set(cloud.ports)) == 2


def test_bodiless_and_chunked_answers_keep_their_connection(clouds: Callable[..., ScriptedServer], ways: Ways) -> None:
    answers = [ANSWERS["no content"], ANSWERS["chunked"], ANSWERS["not modified"], ANSWERS["continued"], OK]
    cloud = clouds(*answers)
    send = ways(cloud.url)["ours"]
    for _ in answers:
        outcome(send, prepared(cloud.url + "/"))
    assert len(set(cloud.ports)) == 1


def test_a_refused_connection_is_botocores_error(ways: Ways) -> None:
    found = {name: outcome(send, prepared("http://127.0.0.1:1/")) for name, send in ways("http://127.0.0.1:1").items()}
    assert found["ours"] == found["botocore"]
    assert found["ours"][0].__name__ == "EndpointConnectionError"


def test_a_connection_that_does_not_come_about_is_botocores_error() -> None:
    def connect(address: tuple[str, int], timeout: float) -> Any:
        raise TimeoutError("timed out")

    transport = Transport(connect)
    transport.open("http://127.0.0.1:1")
    with pytest.raises(ConnectTimeoutError, match=r'Connect timeout on endpoint URL: "http://127.0.0.1:1/"'):
        transport(prepared("http://127.0.0.1:1/"))


@pytest.mark.parametrize("beginning", [b"", OK[:-1], OK[:20]], ids=["nothing", "a part of the body", "half a head"])
@pytest.mark.parametrize("setting", ["read_timeout", "override"])
def test_an_answer_that_does_not_come_is_botocores_error(
    clouds: Callable[..., ScriptedServer], ways: Ways, beginning: bytes, setting: str
) -> None:
    over = threading.Event()

    def play(connection: socket.socket) -> None:
        connection.sendall(beginning)
        over.wait(DEADLINE)
        connection.close()

    cloud = clouds(play, play)
    request = prepared(cloud.url + "/", **{setting: 0.05})
    session = URLLib3Session(timeout=(DEADLINE, 0.05))
    found = [outcome(session.send, request), outcome(ways(cloud.url)["ours"], request)]
    over.set()
    session.close()
    assert found[0] == found[1]
    assert found[0][0].__name__ == "ReadTimeoutError"


def test_what_a_signals_handler_raises_meanwhile_is_botocores_error() -> None:
    def connect(address: tuple[str, int], timeout: float) -> Any:
        raise ValueError("stop")

    transport = Transport(connect)
    transport.open("http://127.0.0.1:1")
    with pytest.raises(HTTPClientError, match="An HTTP Client raised an unhandled exception: stop"):
        transport(prepared("http://127.0.0.1:1/"))


def test_threads_have_connections_of_their_own_and_few_are_kept(
    clouds: Callable[..., ScriptedServer], transports: Callable[[str], Transport]
) -> None:
    count, kept = 4, 2
    barrier = threading.Barrier(count, timeout=DEADLINE)

    def play(connection: socket.socket) -> None:
        barrier.wait()
        connection.sendall(OK)

    cloud = clouds(*[play] * count, *[OK] * count)
    transport = transports(cloud.url)
    found: list[int] = []

    def call() -> None:
        found.append(transport(prepared(cloud.url + "/", max_pool_connections=kept)).status_code)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert found == [200] * count
    assert len(set(cloud.ports)) == count
    call()
    assert cloud.ports[-1] in cloud.ports[:count]


def test_a_child_makes_connections_of_its_own(
    clouds: Callable[..., ScriptedServer], transports: Callable[[str], Transport]
) -> None:
    cloud = clouds(OK, OK)
    transport = transports(cloud.url)
    transport(prepared(cloud.url + "/"))
    transport.forget()
    transport(prepared(cloud.url + "/"))
    assert len(set(cloud.ports)) == 2


def test_a_descriptor_that_was_closed_is_no_connection(
    clouds: Callable[..., ScriptedServer], transports: Callable[[str], Transport]
) -> None:
    cloud = clouds(OK, OK)
    made: list[Connection] = []

    def connect(address: tuple[str, int], timeout: float) -> Connection:
        made.append(Connection(address, timeout))
        return made[-1]

    transport = Transport(connect)
    transport.open(cloud.url)
    transport(prepared(cloud.url + "/"))
    made[0].close()
    assert transport(prepared(cloud.url + "/")).status_code == 200
    assert len(made) == 2
    transport.forget()


def test_headers_are_as_botocores() -> None:
    pairs = [("Vary", "a"), ("X-B", "c")]
    ours, theirs = Headers(pairs), HeadersDict(dict(pairs))
    for headers in (ours, theirs):
        headers["VARY"] = "d"
        headers["New"] = "e"
        del headers["x-b"]
        assert "vary" in headers
        assert headers.get("X-B") is None
    assert list(ours.items()) == list(theirs.items()) == list(ours.copy().items())
    assert repr(ours) == repr(theirs)
    assert len(ours) == len(theirs)
