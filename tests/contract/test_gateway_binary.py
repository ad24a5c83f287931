"""Binary payloads of integrations that do not proxy, against a server on this machine.

Each case is a row of https://docs.aws.amazon.com/apigateway/latest/developerguide/
api-gateway-payload-encodings-workflow.html, "Content type conversions in API Gateway".
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.endpoint import Endpoint, serving
from tests.support.gateway_maker import ApiMaker

IMAGE = b"\x89PNG\xff\x00"
CODED = base64.b64encode(IMAGE)
TO_BINARY, TO_TEXT = "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"
HANDLINGS: dict[str, str | None] = {"none": None, "binary": TO_BINARY, "text": TO_TEXT}


class Store(Endpoint):
    """Keeps what is sent, and answers what is asked for: ``/image`` bytes, ``/coded`` the same as Base64 text."""

    kept = b""

    def do_POST(self) -> None:
        type(self).kept = self.content()
        self.reply(b"ok", ("Content-Type", "text/plain"))

    def do_GET(self) -> None:
        if self.path.startswith("/image"):
            self.reply(IMAGE, ("Content-Type", "image/png"))
        else:
            self.reply(CODED, ("Content-Type", "text/plain"))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving(Store) as address:
        yield address


@pytest.fixture(scope="module")
def api(cloud: Cloud, endpoint: str) -> Iterator[ApiMaker]:
    """POST /in-HANDLING and GET /image-HANDLING, /coded-HANDLING."""
    aws = Aws(cloud.endpoint, new_account())
    made = ApiMaker(cloud, aws, "binary")
    patch = [{"op": "add", "path": "/binaryMediaTypes/image~1*"}]
    made.client.update_rest_api(restApiId=made.api, patchOperations=patch)
    for name, handling in HANDLINGS.items():
        own = {"contentHandling": handling} if handling else {}
        add(made, "POST", f"/in-{name}", {"integrationHttpMethod": "POST", "uri": endpoint + "/", **own}, {})
        for kind in ("image", "coded"):
            uri = f"{endpoint}/{kind}"
            add(made, "GET", f"/{kind}-{name}", {"integrationHttpMethod": "GET", "uri": uri}, own)
    made.deploy()
    yield made
    aws.close()


def add(api: ApiMaker, verb: str, path: str, integration: dict[str, Any], response: dict[str, Any]) -> None:
    api.method(verb, path, integration={"type": "HTTP", **integration})
    where = {"restApiId": api.api, "resourceId": api.resource(path), "httpMethod": verb, "statusCode": "200"}
    api.client.put_method_response(**where)
    api.client.put_integration_response(**where, **response)


@pytest.mark.parametrize(
    ("content_type", "body", "handling", "sent"),
    [
        ("text/plain", CODED, "none", CODED),
        ("text/plain", CODED, "binary", IMAGE),
        ("text/plain", CODED, "text", CODED),
        ("image/png", IMAGE, "none", IMAGE),
        ("image/png", IMAGE, "binary", IMAGE),
        ("image/png", IMAGE, "text", CODED),
    ],
)
def test_requests(api: ApiMaker, content_type: str, body: bytes, handling: str, sent: bytes) -> None:
    """The table of request conversions, binaryMediaTypes ``image/*``."""
    response = api.call("POST", f"/in-{handling}", content=body, headers={"Content-Type": content_type})
    assert (response.status_code, Store.kept) == (200, sent)


@pytest.mark.parametrize(
    ("kind", "accept", "handling", "answer"),
    [
        ("coded", "text/plain", "none", CODED),
        ("coded", "text/plain", "binary", IMAGE),
        ("coded", "text/plain", "text", CODED),
        ("coded", "image/png", "none", IMAGE),
        ("coded", "image/png", "binary", IMAGE),
        ("coded", "image/png", "text", CODED),
        ("image", "text/plain", "none", CODED),
        ("image", "text/plain", "binary", IMAGE),
        ("image", "text/plain", "text", CODED),
        ("image", "image/png", "none", IMAGE),
        ("image", "image/png", "binary", IMAGE),
        ("image", "image/png", "text", CODED),
    ],
)
def test_responses(api: ApiMaker, kind: str, accept: str, handling: str, answer: bytes) -> None:
    """The table of response conversions, binaryMediaTypes ``image/*``."""
    response = api.call("GET", f"/{kind}-{handling}", headers={"Accept": accept})
    assert (response.status_code, response.content) == (200, answer)


def test_what_is_no_base64_cannot_become_binary(api: ApiMaker) -> None:
    """CONVERT_TO_BINARY: "a base64-encoded string is converted to the corresponding binary blob"."""
    response = api.call("POST", "/in-binary", content=b"not base64!", headers={"Content-Type": "text/plain"})
    assert response.status_code == 500
