"""API Gateway's own errors, and how an API customises them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.http import Response
from tests.fakes.fake_gateway_world import GatewayWorld


def custom(kind: str, *, status: int | None = None, template: str | None = None, **headers: str) -> dict[str, Any]:
    return {
        "responseType": kind,
        "defaultResponse": False,
        "responseParameters": {
            f"gatewayresponse.header.{name.replace('_', '-')}": value for name, value in headers.items()
        },
        **({"statusCode": str(status)} if status else {}),
        **({"responseTemplates": {"application/json": template}} if template is not None else {}),
    }


def refuse(*customised: dict[str, Any], headers: dict[str, str] | None = None, query: str = "") -> Response:
    """A 403 for an unknown path of an API with these gateway responses."""
    world = GatewayWorld()
    world.api.gateway_responses = list(customised)
    return world.ask("GET", "/nowhere", headers=headers, query=query)


def test_the_built_in_answer() -> None:
    response = refuse()
    assert (response.status, response.body) == (403, b'{"message":"Missing Authentication Token"}')
    assert response.headers.get("x-amzn-errortype") == "MissingAuthenticationTokenException"
    assert response.headers.get("content-type") == "application/json"
    assert response.headers.get("content-length") == str(len(response.body))
    assert response.headers.get("x-amzn-requestid")
    assert response.headers.get("x-amz-apigw-id")
    assert "x-amzn-trace-id" not in response.headers


def test_cors_headers_on_errors() -> None:
    response = refuse(custom("DEFAULT_4XX", Access_Control_Allow_Origin="'*'", Access_Control_Allow_Headers="'a,b'"))
    assert response.headers.get("Access-Control-Allow-Origin") == "*"
    assert response.headers.get("Access-Control-Allow-Headers") == "a,b"
    assert response.body == b'{"message":"Missing Authentication Token"}'


def test_the_types_own_response_beats_the_default_one() -> None:
    own = custom("MISSING_AUTHENTICATION_TOKEN", status=404, template='{"error":"not found"}')
    response = refuse(own, custom("DEFAULT_4XX", status=418, X_A="'1'"))
    assert (response.status, response.body) == (404, b'{"error":"not found"}')
    assert "x-a" not in response.headers


def test_the_default_ones_status_is_inherited() -> None:
    """AWS: "Changing the status code of this fallback gateway response changes the status codes of all others"."""
    assert refuse(custom("DEFAULT_4XX", status=418)).status == 418


def test_the_other_family_does_not_apply() -> None:
    assert "x-a" not in refuse(custom("DEFAULT_5XX", X_A="'1'")).headers


def test_what_the_control_plane_lists_as_default_is_not_a_customisation() -> None:
    listed = {**custom("MISSING_AUTHENTICATION_TOKEN", status=403, template="x"), "defaultResponse": True}
    assert refuse(listed).body == b'{"message":"Missing Authentication Token"}'


def test_headers_from_the_request_and_the_context() -> None:
    response = refuse(
        custom(
            "DEFAULT_4XX",
            A="method.request.header.Origin",
            B="method.request.querystring.q",
            C="context.error.responseType",
            D="context.identity.sourceIp",
            E="method.request.header.Missing",
            F="stageVariables.none",
            G="nonsense",
        ),
        headers={"origin": "https://x.example"},
        query="q=1&q=2",
    )
    values = [response.headers.get(name) for name in "ABCDEFG"]
    assert values == ["https://x.example", "2", "MISSING_AUTHENTICATION_TOKEN", "127.0.0.1", None, None, None]


def test_templates_replace_variables() -> None:
    template = (
        '{"m":$context.error.messageString,"raw":"$context.error.message","t":"${context.error.responseType}",'
        '"id":"$context.requestId","s":"$context.stage","none":"$context.none","cost":"$5"}'
    )
    response = refuse(custom("DEFAULT_4XX", template=template))
    body = json.loads(response.body)
    assert body.pop("id") == response.headers.get("x-amzn-requestid")
    assert body == {
        "m": "Missing Authentication Token",
        "raw": "Missing Authentication Token",
        "t": "MISSING_AUTHENTICATION_TOKEN",
        "s": "prod",
        "none": "",
        "cost": "$5",
    }


def test_another_media_type() -> None:
    entry = custom("DEFAULT_4XX")
    entry["responseTemplates"] = {"text/plain": "no: $context.error.message"}
    response = refuse(entry)
    assert response.headers.get_all("content-type") == ["text/plain"]
    assert response.body == b"no: Missing Authentication Token"


@pytest.mark.parametrize(
    ("request_parts", "status", "body", "error_type"),
    [
        ({"body": b"x" * (10 * 1024 * 1024 + 1)}, 413, b'{"message":"Request Too Long"}', "RequestTooLongException"),
        ({"headers": {"X-Big": "x" * 10_240}}, 431, b'{"message":"Request Header Fields Too Large"}', None),
        ({"query": "q=" + "x" * 10_240}, 431, b'{"message":"Request Header Fields Too Large"}', None),
    ],
)
def test_limits(request_parts: dict[str, Any], status: int, body: bytes, error_type: str | None) -> None:
    world = GatewayWorld()
    world.api.proxy("POST", "/x")
    response = world.ask("POST", "/x", **request_parts)
    assert (response.status, response.body) == (status, body)
    assert response.headers.get("x-amzn-errortype") == error_type
    assert not world.functions.invocations


def test_ten_megabytes_go_through() -> None:
    world = GatewayWorld()
    world.api.proxy("POST", "/x")
    assert world.ask("POST", "/x", body=b"x" * (10 * 1024 * 1024)).status == 200
