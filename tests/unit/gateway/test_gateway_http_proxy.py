"""HTTP_PROXY integrations: what goes to the endpoint, without an endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.gateway.proxy_response import response_header
from tests.fakes.fake_gateway_world import GatewayWorld


def ask(uri: str, **integration: Any) -> tuple[int, str]:
    world = GatewayWorld()
    world.api.method("GET", "/{proxy+}", {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": uri, **integration})
    response = world.ask("GET", "/a/b")
    return response.status, response.body.decode()


@pytest.mark.parametrize(
    "uri", ["", "nothing", "http://", "http:///x", "http://127.0.0.1:1/{proxy}", "http://h/{other}"]
)
def test_an_endpoint_that_is_not_complete_is_the_apis_fault(uri: str) -> None:
    assert ask(uri) == (500, '{"message": "Internal server error"}')


def test_an_unknown_scheme_is_the_apis_fault() -> None:
    assert ask("gopher://127.0.0.1/x")[0] == 500


def test_vpc_links_are_refused_by_name() -> None:
    status, body = ask("http://127.0.0.1:1/x", connectionType="VPC_LINK")
    assert (status, "VPC links" in body) == (500, True)


def test_an_endpoint_that_cannot_be_reached_is_a_504() -> None:
    assert ask("http://127.0.0.1:1/x") == (504, '{"message": "Network error communicating with endpoint"}')


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("X-Own", "X-Own"),
        ("Server", "x-amzn-Remapped-Server"),
        ("Content-Length", "x-amzn-Remapped-Content-Length"),
        ("Transfer-Encoding", None),
    ],
)
def test_response_headers(name: str, sent: str | None) -> None:
    assert response_header(name) == sent
