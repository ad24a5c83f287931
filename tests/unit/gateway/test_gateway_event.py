"""The event of a Lambda proxy integration, against events recorded on AWS."""

from __future__ import annotations

import re
from typing import Any

import pytest

from groundcloud.gateway.call import clf_time
from groundcloud.gateway.event import is_binary
from groundcloud.gateway.functions import json_bytes
from groundcloud.gateway.trace import new_trace
from tests.fakes.fake_gateway_world import NOW, GatewayWorld

KEYS = [
    "resource",
    "path",
    "httpMethod",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "requestContext",
    "body",
    "isBase64Encoded",
]


def event(method: str = "GET", path: str = "/x", **parts: Any) -> Any:
    world = GatewayWorld()
    world.api.proxy("ANY", "/{proxy+}")
    world.api.proxy("ANY", "/")
    world.api.binary_media_types = parts.pop("binary", [])
    world.api.stages[0].update(parts.pop("stage", {}))
    world.ask(method, path, **parts)
    return world.functions.event


def test_absent_things_are_null() -> None:
    got = event(path="/")
    assert list(got) == KEYS
    for key in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"):
        assert got[key] is None
    assert got["isBase64Encoded"] is False
    assert "authorizer" not in got["requestContext"]


def test_header_names_keep_their_case_and_the_last_value_wins() -> None:
    got = event(headers={"tEsT-HEADeR": "aValUE", "X-A": "1", "x-a": "2"})
    assert got["headers"]["tEsT-HEADeR"] == "aValUE"
    assert (got["headers"]["X-A"], got["headers"]["x-a"]) == ("1", "2")
    assert got["multiValueHeaders"]["tEsT-HEADeR"] == ["aValUE"]


def test_headers_that_aws_adds_and_removes() -> None:
    sent = {"Connection": "keep-alive", "Content-Length": "2", "Transfer-Encoding": "x", "X-Forwarded-For": "9.9.9.9"}
    headers = event(headers=sent)["headers"]
    assert set(headers) == {"Host", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"}
    assert headers["Host"] == "abc1234567.execute-api.localhost:4566"
    assert headers["X-Forwarded-For"] == "9.9.9.9, 127.0.0.1"
    assert (headers["X-Forwarded-Port"], headers["X-Forwarded-Proto"]) == ("4566", "http")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["X-Amzn-Trace-Id"])


def test_query_values_are_decoded_and_repeated_ones_kept() -> None:
    got = event(query="price=10&price=20&at=10+%2B00&empty=&u=https%3A%2F%2Fx%2F")
    assert got["queryStringParameters"] == {"price": "20", "at": "10 +00", "empty": "", "u": "https://x/"}
    assert got["multiValueQueryStringParameters"]["price"] == ["10", "20"]


@pytest.mark.parametrize(
    ("sent", "path", "proxy", "full"),
    [
        ("/a/test%2Balias@x.com/b+c", "/a/test%2Balias@x.com/b+c", "a/test%2Balias@x.com/b+c", None),
        ("/test-path/", "/test-path/", "test-path", None),
        ("//hardcoded", "/hardcoded", "hardcoded", "/prod//hardcoded"),
        ("/%C3%BC%20x", "/%C3%BC%20x", "%C3%BC%20x", None),
    ],
)
def test_paths_stay_encoded(sent: str, path: str, proxy: str, full: str | None) -> None:
    got = event(path=sent)
    assert (got["path"], got["pathParameters"]) == (path, {"proxy": proxy})
    assert got["requestContext"]["path"] == (full or f"/prod{path}")


def test_the_request_context() -> None:
    context = event(headers={"User-Agent": "curl/8"})["requestContext"]
    assert set(context) == {
        "resourceId", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId",
        "protocol", "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId",
        "apiId",
    }  # fmt: skip
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", context["requestId"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{15}=", context["extendedRequestId"])
    assert context["requestTime"] == "21/Nov/2026:08:00:00 +0000"
    assert context["requestTimeEpoch"] == int(NOW) * 1000
    assert (context["resourcePath"], context["resourceId"]) == ("/{proxy+}", "res0")
    assert (context["stage"], context["deploymentId"], context["apiId"]) == ("prod", "dep1", "abc1234567")
    assert (context["domainName"], context["domainPrefix"]) == ("abc1234567.execute-api.localhost:4566", "abc1234567")
    assert context["identity"] == {
        **dict.fromkeys(
            ["cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "principalOrgId", "accessKey",
             "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "user"]
        ),
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8",
    }  # fmt: skip


def test_stage_variables() -> None:
    assert event(stage={"variables": {"a": "b"}})["stageVariables"] == {"a": "b"}


@pytest.mark.parametrize(
    ("content_type", "binary", "body", "encoded"),
    [
        ("text/plain", [], "h\u00e9", False),
        ("image/png", ["image/png"], "aMOp", True),
        ("image/png; x=y", ["image/*"], "aMOp", True),
        ("anything/else", ["*/*"], "aMOp", True),
        ("text/plain", ["image/png"], "h\u00e9", False),
    ],
)
def test_bodies(content_type: str, binary: list[str], body: str, encoded: bool) -> None:
    got = event("POST", headers={"Content-Type": content_type}, body="h\u00e9".encode(), binary=binary)
    assert (got["body"], got["isBase64Encoded"]) == (body, encoded)


def test_a_body_that_is_no_utf8_does_not_break_the_event() -> None:
    assert event("POST", body=b"\xff\xfe")["body"] == "\ufffd\ufffd"


def test_media_types_default_to_json() -> None:
    assert is_binary(None, ["application/json"])
    assert not is_binary("", ["image/png"])


def test_clf_time() -> None:
    assert clf_time(0) == "01/Jan/1970:00:00:00 +0000"
    assert clf_time(1709251199.9) == "29/Feb/2024:23:59:59 +0000"


ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("header", "traced", "expected"),
    [
        (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1", False, f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"),
        (f"root={ROOT}; parent=53995c3f42cd8ad8", True, f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"),
        (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0", True, f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=0"),
    ],
)
def test_a_clients_trace_goes_on(header: str, traced: bool, expected: str) -> None:
    assert new_trace(header, NOW, traced).header == expected


@pytest.mark.parametrize("header", [None, "", "x", "Root=1-zz;Sampled=1", "Root=evil\r\nX: y"])
def test_a_malformed_trace_begins_anew(header: str | None) -> None:
    made = new_trace(header, NOW, False).header
    assert re.fullmatch(r"Root=1-6b014f80-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", made)


def test_the_function_gets_the_trace() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    header = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    response = world.ask("GET", "/x", headers={"X-Amzn-Trace-Id": header})
    assert world.functions.invocations[0].trace_header == header
    assert response.headers.get("x-amzn-trace-id") == header
    assert world.functions.event["headers"]["X-Amzn-Trace-Id"] == header


@pytest.mark.parametrize(
    ("event", "written"),
    [
        ({"body": "grüße"}, '{"body":"grüße"}'.encode()),
        ({"body": "\ud83d"}, b'{"body":"\xed\xa0\xbd"}'),
        ({"number": 1 << 70}, b'{"number":1180591620717411303424}'),
    ],
    ids=["text", "half a surrogate pair", "a long number"],
)
def test_an_event_is_written_as_json_whatever_is_in_it(event: dict[str, Any], written: bytes) -> None:
    assert json_bytes(event) == written
