"""Function URLs' pure parts: responses, CORS, policies."""

from __future__ import annotations

import json

import pytest

from groundcloud.http import Headers, Request
from groundcloud.runtime.function import Reference
from groundcloud.runtime.urls.answer import PRELUDE_END, answer
from groundcloud.runtime.urls.config import read_url
from groundcloud.runtime.urls.cors import cors_headers, preflight
from tests.fakes.fake_engine import SCOPE


def url(**config):
    config = {"FunctionUrl": "https://abc.lambda-url.us-east-1.on.aws/", "AuthType": "NONE", **config}
    return read_url(config, Reference(SCOPE, "f", None))


@pytest.mark.parametrize(
    "value",
    [{"statusCode": 99}, {"statusCode": "x"}, {"statusCode": 200, "headers": []}, {"statusCode": 200, "headers": 3}],
)
def test_what_is_no_response_is_a_502(value) -> None:
    expected = 200 if value.get("headers") == [] else 502
    assert answer(json.dumps(value).encode(), failed=False).status == expected


def test_base64_that_is_none_is_a_502() -> None:
    value = {"statusCode": 200, "body": "a", "isBase64Encoded": True}
    assert answer(json.dumps(value).encode(), failed=False).status == 502


def test_a_stream_begins_with_its_prelude() -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html"""
    prelude = json.dumps({"statusCode": 201, "headers": {"X-A": "1"}, "cookies": ["c=1"]}).encode()
    response = answer(prelude + PRELUDE_END + b"body", failed=False)
    assert (response.status, response.body) == (201, b"body")
    assert response.headers.get("x-a") == "1"
    assert response.headers.get("set-cookie") == "c=1"
    plain = answer(b"just bytes", failed=False)
    assert (plain.status, plain.body, plain.headers.get("content-type")) == (
        200,
        b"just bytes",
        "application/octet-stream",
    )


def asking(origin, **headers):
    items = [("Origin", origin), *((name.replace("_", "-"), value) for name, value in headers.items())]
    return Request("OPTIONS", "/", headers=Headers(items))


@pytest.mark.parametrize(
    ("allowed", "origin", "answered"),
    [
        ("*", "https://a.example", "*"),
        ("https://a.example", "https://a.example", "https://a.example"),
        ("https://*.example", "https://b.example", "https://b.example"),
        ("https://*.example", "https://example", None),
        ("https://a.example", "https://b.example", None),
    ],
)
def test_origins(allowed, origin, answered) -> None:
    cors = url(Cors={"AllowOrigins": [allowed]}).cors
    assert dict(cors_headers(cors, asking(origin))).get("Access-Control-Allow-Origin") == answered


def test_only_a_preflight_is_answered_for_the_function() -> None:
    crossing = url(Cors={"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"]})
    asked = asking("https://a", Access_Control_Request_Method="PUT", Access_Control_Request_Headers="x-a,x-b")
    headers = preflight(crossing, asked).headers
    assert headers.get("Access-Control-Allow-Headers") == "x-a,x-b"
    assert "PUT" in headers.get("Access-Control-Allow-Methods")
    assert preflight(crossing, asking("https://a")) is None
    assert preflight(url(), asked) is None
