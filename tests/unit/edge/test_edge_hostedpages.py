"""Which requests are offered to Cognito's hosted pages, and which are left to S3 and the other APIs."""

from __future__ import annotations

import asyncio

import pytest

from groundcloud.edge.hostedpages import HostedPages
from groundcloud.http import Request, Response
from tests.support.edge import exchange

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def pages(request: Request) -> Response:
    return Response(204)


@pytest.mark.parametrize(
    ("method", "host", "path", "headers", "offered"),
    [
        ("GET", "shop.auth.us-east-1.amazoncognito.com", "/login", {}, True),
        ("GET", "shop.auth.eu-west-1.localhost:4566", "/no/such/page", {}, True),
        ("GET", "127.0.0.1:4566", "/oauth2/authorize", {}, True),
        ("POST", "127.0.0.1:4566", "/oauth2/token", FORM, True),
        ("GET", "localhost", "/us-east-1_abc/.well-known/openid-configuration", {}, True),
        ("POST", "127.0.0.1:4566", "/login", FORM, True),
        ("POST", "127.0.0.1:4566", "/login", {"Content-Type": "application/xml"}, False),
        ("GET", "127.0.0.1:4566", "/login", {}, False),
        ("PUT", "127.0.0.1:4566", "/login", {}, False),
        ("GET", "127.0.0.1:4566", "/oauth2/some/key", {}, False),
        ("GET", "127.0.0.1:4566", "/us-east-1_abc/.well-known/jwks.json", {}, True),
        ("GET", "auth.s3.amazonaws.com", "/key", {}, False),
    ],
    ids=lambda value: str(value).replace("/", ":") if isinstance(value, str | bool) else "",
)
def test_offered(method: str, host: str, path: str, headers: dict[str, str], offered: bool) -> None:
    answer = asyncio.run(HostedPages(pages)(exchange(method, path, list(headers.items()), host=host)))
    assert (answer is not None) == offered
