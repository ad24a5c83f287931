"""Who answers which request on profile localstack, and with which headers it goes on."""

from __future__ import annotations

import asyncio

import pytest

from groundcloud.engines.localstack.owners import EMBEDDED, LOCALSTACK, Owners
from groundcloud.engines.localstack.session import SessionWatch
from groundcloud.engines.localstack.wire import forwarded, in_account
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request

OWNERS = Owners(["s3", "lambda", "apigateway"])


def signed(name, path="/", query=""):
    value = f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{name}/aws4_request, SignedHeaders=host, Signature=00"
    return Request("GET", path, query, Headers([("Authorization", value)]))


@pytest.mark.parametrize(
    "request_, owner",
    [
        (Request("GET", "/", service="lambda"), LOCALSTACK),
        (Request("GET", "/", service="cognito-idp"), EMBEDDED),
        (Request("GET", "/", service="apigatewaymanagementapi"), EMBEDDED),
        (signed("apigateway"), LOCALSTACK),
        (signed("cognito-idp"), EMBEDDED),
        (Request("GET", "/bucket/key"), LOCALSTACK),
        (Request("GET", "/b/k", "X-Amz-Credential=test%2F20260101%2Fus-east-1%2Frds%2Faws4_request"), EMBEDDED),
        (Request("GET", "/_ministack/ses/messages"), EMBEDDED),
        (Request("GET", "/_ministack/lambda-code/f", service="lambda"), LOCALSTACK),
    ],
    ids=["named", "lacking", "plane", "signed", "signed-lacking", "anonymous", "presigned", "embeddeds", "download"],
)
def test_each_request_has_one_owner(request_, owner):
    assert OWNERS.of_request(request_) == owner


def test_what_concerns_one_connection_only_stays_behind():
    items = [("Host", "x"), ("Connection", "close, X-Mine"), ("x-mine", "1"), ("Transfer-Encoding", "chunked")]
    assert forwarded([*items, ("Expect", "100-continue"), ("Content-Length", "3")]) == [
        ("Host", "x"),
        ("Content-Length", "3"),
    ]


def test_a_root_key_is_the_default_accounts_number():
    items = [("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request")]
    roots = frozenset({"test"})
    assert in_account(items, roots, "111122223333")[0][1].endswith(
        "Credential=111122223333/20260101/us-east-1/s3/aws4_request"
    )
    assert in_account(items, roots, "000000000000") == items
    other = [("authorization", "AWS4-HMAC-SHA256 Credential=444455556666/20260101/us-east-1/s3/aws4_request")]
    assert in_account(other, roots, "111122223333") == other
    assert in_account([("Authorization", "AWS test:abc")], roots, "111122223333") == [
        ("Authorization", "AWS 111122223333:abc")
    ]


def test_a_restart_of_localstack_is_noticed_once():
    sessions, changes = ["one", "two", "two"], []

    async def ask():
        return sessions.pop(0)

    async def run():
        watch = SessionWatch("one", ask, lambda: changes.append(1))
        for _ in range(3):
            watch.look()
            watch.look()  # while it is being asked: once is enough
            await watch._asking
        assert not sessions

    asyncio.run(run())
    assert changes == [1]


def test_a_localstack_that_is_gone_again_is_no_restart():
    async def ask():
        raise AwsError("ServiceUnavailable", "gone", 503)

    async def run():
        watch = SessionWatch("one", ask, lambda: pytest.fail("nothing changed"))
        watch.look()
        await watch._asking
        watch.stop()

    asyncio.run(run())
