"""What a function may return to a Lambda proxy integration; most cases were recorded on AWS."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.ports import InvokeResult
from tests.fakes.fake_gateway_world import GatewayWorld

BAD_GATEWAY = b'{"message": "Internal server error"}'


def answer(result: Any, *, binary: list[str] | None = None, headers: dict[str, str] | None = None) -> Response:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    world.api.binary_media_types = binary or []
    if isinstance(result, bytes):
        world.functions.result = InvokeResult(result, "r")
    else:
        world.functions.reply = lambda event: result
    return world.ask("GET", "/x", headers=headers)


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": 200}, 200, b""),
        ({"statusCode": 201, "body": "x"}, 201, b"x"),
        ({"statusCode": "201"}, 201, b""),
        ({}, 200, b""),
        ({"headers": {"a": "b"}}, 200, b""),
        ({"statusCode": 200, "headers": None, "multiValueHeaders": None, "body": None}, 200, b""),
        ({"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": True}, 200, b"dGVzdA=="),
        ({"statusCode": 200, "body": "h\u00e9"}, 200, "h\u00e9".encode()),
    ],
)
def test_proxy_responses(result: Any, status: int, body: bytes) -> None:
    response = answer(result)
    assert (response.status, response.body) == (status, body)
    assert response.headers.get("content-type") == "application/json"
    assert response.headers.get("content-length") == str(len(body))


@pytest.mark.parametrize(
    "result",
    [
        None,
        "just a string",
        5,
        [],
        {"statusCode": 200, "wrongValue": "value"},
        {"statusCode": "test"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200.5},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 5},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a\r\nb": "c"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "multiValueHeaders": ["a"]},
        b"not json",
        b"",
        b"[" * 100_000,
    ],
)
def test_what_is_no_proxy_response(result: Any) -> None:
    response = answer(result)
    assert (response.status, response.body) == (502, BAD_GATEWAY)
    assert response.headers.get("x-amzn-errortype") == "InternalServerErrorException"
    assert response.headers.get("x-amzn-trace-id")


def test_header_values_and_repeated_headers() -> None:
    response = answer(
        {
            "statusCode": 200,
            "headers": {"X-Bool": True, "X-Number": 7, "X-Null": None, "Content-Type": "text/html", "X-Both": "same"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "x-both": ["same", "other"]},
        }
    )
    headers = response.headers
    assert (headers.get("x-bool"), headers.get("x-number")) == ("true", "7")
    assert "x-null" not in headers
    assert headers.get_all("content-type") == ["text/html"]
    assert headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert headers.get_all("x-both") == ["same", "other"]


def test_remapped_and_dropped_headers() -> None:
    sent = {
        "WWW-Authenticate": "Basic",
        "Content-Length": "999",
        "Date": "x",
        "Connection": "close",
        "x-amzn-RequestId": "mine",
        "Transfer-Encoding": "chunked",
        "Content-Encoding": "identity",
    }
    headers = answer({"statusCode": 200, "headers": sent, "body": "abc"}).headers
    assert headers.get("x-amzn-Remapped-WWW-Authenticate") == "Basic"
    assert headers.get("x-amzn-Remapped-Date") == "x"
    assert headers.get("x-amzn-Remapped-Connection") == "close"
    assert headers.get_all("content-length") == ["3"]
    assert headers.get_all("x-amzn-requestid") != ["mine"]
    assert headers.get("content-encoding") == "identity"
    for gone in ("www-authenticate", "date", "connection", "transfer-encoding"):
        assert gone not in headers


def test_a_function_cannot_split_the_response() -> None:
    headers = answer({"statusCode": 200, "headers": {"X-A": "1\r\nSet-Cookie: evil=1"}}).headers
    assert headers.get("x-a") == "1Set-Cookie: evil=1"
    assert "set-cookie" not in headers


def test_header_values_beyond_ascii_are_sent_as_utf8() -> None:
    value = answer({"statusCode": 200, "headers": {"X-A": "gr\u00fc\u00df \U0001f30d"}}).headers.get("x-a")
    assert value is not None
    assert value.encode("latin-1").decode() == "gr\u00fc\u00df \U0001f30d"


@pytest.mark.parametrize(
    ("accept", "binary", "body"),
    [
        ("image/png", ["image/png"], b"test"),
        ("image/png, */*", ["image/*"], b"test"),
        ("*/*", ["*/*"], b"test"),
        ("text/html, image/png", ["image/png"], b"dGVzdA=="),
        ("*/*", ["image/png"], b"dGVzdA=="),
        ("", ["image/png"], b"dGVzdA=="),
    ],
)
def test_base64_is_undone_when_the_client_accepts_a_binary_type(accept: str, binary: list[str], body: bytes) -> None:
    result = {"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": True}
    assert answer(result, binary=binary, headers={"Accept": accept}).body == body


def test_base64_that_is_none() -> None:
    result = {"statusCode": 200, "body": "%%%", "isBase64Encoded": True}
    response = answer(result, binary=["*/*"])
    assert (response.status, response.body) == (500, BAD_GATEWAY)


def test_a_failed_function_is_a_502_that_leaks_nothing() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    world.functions.result = InvokeResult(b'{"errorMessage":"secret"}', "r", function_error="Unhandled")
    response = world.ask("GET", "/x")
    assert (response.status, response.body) == (502, BAD_GATEWAY)


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "TooManyRequestsException"])
def test_a_missing_or_throttled_function_is_a_500(code: str) -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    world.functions.error = AwsError(code, "no", 429)
    response = world.ask("GET", "/x")
    assert (response.status, response.body) == (500, BAD_GATEWAY)
