"""Which sessions and clients of botocore send by a function's own way to the cloud, and what they tell of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import botocore
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.handlers import BUILTIN_HANDLERS
from botocore.loaders import Loader

from groundcloud.runtime.python.transport import Transport
from tests.support.function_requests import prepared
from tests.support.scripted_server import OK, ScriptedServer, and_close, in_pieces, reset


@pytest.fixture
def initializers() -> Iterator[list[Any]]:
    """What was registered with botocore is taken back."""
    made: list[Any] = []
    yield made
    for one in made:
        botocore.unregister_initializer(one)


LOADER = Loader()
"""Has parsed models once."""


def _client(session: botocore.session.Session, url: str) -> Any:
    session.register_component("data_loader", LOADER)
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return session.create_client("dynamodb", region_name="us-east-1", endpoint_url=url, **keys)


class _Another(botocore.session.Session):
    """As aiobotocore's: it may send in another way."""


def test_sessions_of_botocores_own_class_send_by_it_and_others_do_not(
    clouds: Callable[..., ScriptedServer], transports: Callable[[str], Transport], initializers: list[Any]
) -> None:
    cloud = clouds(*[OK] * 3)
    transport = transports(cloud.url)
    initializers.append(transport.attach)
    transport.hand_out()
    asked: list[str] = []

    def ask(request: Any, **_: Any) -> None:
        asked.append(request.url)
        request.headers["Asked"] = b"yes"

    plain, another = botocore.session.Session(), _Another()
    client = _client(plain, cloud.url)
    # Who listens hears of it before it is sent, and may change it.
    client.meta.events.register("before-send", ask)
    for one in (client, client, _client(another, cloud.url)):
        assert one.list_tables()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(asked) == 2
    assert [b"\r\nAsked: yes\r\n" in request for request in cloud.requests] == [True, True, False]
    assert cloud.ports[0] == cloud.ports[1] != cloud.ports[2]


def test_a_clients_retries_are_the_same(
    clouds: Callable[..., ScriptedServer], transports: Callable[[str], Transport], initializers: list[Any]
) -> None:
    cloud = clouds(
        and_close(b""), in_pieces(OK), reset, OK, and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"), OK
    )
    client = _client(botocore.session.Session(), cloud.url)
    transport = transports(cloud.url)
    client.meta.events.register("before-send", transport)
    for _ in range(3):
        assert client.list_tables()["ResponseMetadata"]["RetryAttempts"] == 1
    assert len(cloud.requests) == 6


def test_where_somebody_else_answers_requests_none_is_sent(transports: Callable[[str], Transport]) -> None:
    """moto's way: https://github.com/getmoto/moto/blob/master/moto/core/botocore_stubber.py appends to this list."""
    transport = transports("http://127.0.0.1:1")
    entry = ("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, None))
    BUILTIN_HANDLERS.append(entry)
    try:
        session = botocore.session.Session()
        transport.attach(session)
    finally:
        BUILTIN_HANDLERS.remove(entry)
    found: list[Any] = []
    session.register("before-send", lambda request, **_: found.append(request))
    answers = session.get_component("event_emitter").emit(
        "before-send.dynamodb", request=prepared("http://127.0.0.1:1/")
    )
    assert len(answers) == 2
    assert len(found) == 1


@pytest.mark.parametrize(
    ("variables", "is_taken"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"HTTPS_PROXY": "http://127.0.0.1:1"}, True, id="for https"),
        pytest.param({"HTTP_PROXY": "http://127.0.0.1:1"}, False, id="for http"),
        pytest.param({"http_proxy": "http://127.0.0.1:1"}, False, id="in lower case"),
        pytest.param({"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}, True, id="not for the cloud"),
    ],
)
def test_a_client_that_was_made_beside_a_proxy_is_left_to_botocore(
    clouds: Callable[..., ScriptedServer],
    transports: Callable[[str], Transport],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    is_taken: bool,
) -> None:
    """https://docs.aws.amazon.com/boto3/latest/guide/configuration.html#specifying-proxy-servers: the variables count
    that are set when the client is made."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    cloud = clouds(OK)
    transport, session = transports(cloud.url), botocore.session.Session()
    transport.attach(session)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    _client(session, "http://127.0.0.1:1")
    assert (transport(prepared(cloud.url + "/")) is not None) is is_taken
