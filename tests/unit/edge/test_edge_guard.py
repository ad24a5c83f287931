"""Who may come in: Host names, origins, and the engine's own routes."""

from __future__ import annotations

import asyncio

import pytest

from groundcloud.edge.guard import Guard
from groundcloud.settings import Settings
from tests.support.edge import exchange

PRESIGNED = "/b/k?X-Amz-Credential=test%2F20261121%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=00"
PRESIGNED_QUERY = (
    "/?Action=CreateStack&X-Amz-Credential=test%2F20261121%2Fus-east-1%2F{}%2Faws4_request&X-Amz-Signature=00"
)
SIGNED = ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, x")


def refused(method="GET", target="/", headers=(), host="127.0.0.1:4566", **settings):
    answer = asyncio.run(Guard(Settings(**settings))(exchange(method, target, headers, host=host)))
    assert answer is None or answer.status == 403
    return answer is not None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4566",
        "127.0.0.1",
        "127.8.9.1:80",
        "[::1]:4566",
        "localhost:4566",
        "LOCALHOST",
        "localhost.:4566",
        "abc.execute-api.localhost:4566",
        "bucket.s3.localhost.localstack.cloud:4566",
        "dynamodb.us-east-1.amazonaws.com",
        "abc.execute-api.us-east-1.amazonaws.com.",
        "d111.cloudfront.net",
        "pool.auth.us-east-1.amazoncognito.com",
        "id.lambda-url.us-east-1.on.aws",
    ],
)
def test_own_host_names_pass(host):
    assert not refused(host=host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "localhost:80@evil.example",
        "user@localhost",
        "localhost:port",
        "localhost, evil.example",
        "evil.example/.localhost",
        "notlocalhost",
        "amazonaws.com.evil.example",
        "xamazonaws.com",
        "0.0.0.0:4566",
        "192.168.1.5:4566",
        "127.1",
        "[::1",
        "[::2]",
        "[]",
        "%6cocalhost",
    ],
)
def test_foreign_host_names_are_refused(host):
    assert refused(host=host)


def test_a_host_of_the_settings_passes():
    assert not refused(host="cloud.test:4566", allowed_hosts=("cloud.test",))


def test_the_address_it_listens_on_passes():
    guard = Guard(Settings(host="192.168.1.5"))
    assert asyncio.run(guard(exchange(host="192.168.1.5:4566"))) is None


def test_a_refused_host_cannot_break_the_answer():
    answer = asyncio.run(Guard(Settings())(exchange(host='"evil"\\')))
    assert answer.status == 403
    assert b"GROUNDCLOUD_ALLOWED_HOSTS" in answer.body


@pytest.mark.parametrize(
    "target", ["/_ministack/reset", "/%5Fministack/reset", "/_ministack%2Freset", "/%5f%6dinistack/config"]
)
def test_the_engines_own_routes_stay_inside_however_they_are_written(target):
    """The engine looks at the decoded path."""
    assert refused("POST", target)


def test_addresses_that_the_engine_hands_out_pass():
    assert not refused("PUT", "/_ministack/cfn-signal/token")
    assert not refused("GET", "/_ministack/lambda-code/000000000000/us-east-1/f")


@pytest.mark.parametrize("host", ["b.s3.localhost:4566", "d1.cloudfront.net", "x.execute-api.localhost"])
def test_control_routes_answer_on_our_own_names_only(host):
    """A deployed page lives on such a host: its scripts are not the console's."""
    assert refused(target="/_groundcloud/v1/mail", host=host)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:4566", "http://localhost:8080", "HTTP://LOCALHOST:8080"])
def test_the_console_may_write(origin):
    assert not refused("DELETE", "/_groundcloud/v1/mail", [("Origin", origin)])


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://localhost:3000",
        "http://site.s3-website.localhost:4566",
        "http://127.0.0.1:4566.evil.example",
    ],
)
def test_other_pages_may_not_write_control_routes(origin):
    assert refused("DELETE", "/_groundcloud/v1/mail", [("Origin", origin)])
    assert refused("PUT", "/%5Fgroundcloud/v1/functions/sources", [("Origin", origin)])


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_names_no_origin_is_judged_by_fetch_metadata(site):
    assert refused("POST", "/_localstack/anything", [("Sec-Fetch-Site", site)])


def test_tools_without_origin_may_write_control_routes():
    assert not refused("DELETE", "/_groundcloud/v1/mail")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://evil.s3.amazonaws.com",
        "http://192.168.0.7",
        "http://[::1",
        "https://d1.cloudfront.net",
    ],
)
def test_a_signed_request_of_a_foreign_page_is_refused(origin):
    """Everyone knows a local cloud's keys, and a function it creates runs on this machine."""
    assert refused("POST", "/2015-03-31/functions", [("Origin", origin), SIGNED])
    assert refused("POST", "/2015-03-31/functions", [("Origin", origin), ("Authorization", "AWS test:sig")])
    assert refused("PUT", PRESIGNED, [("Origin", origin)])
    assert refused("POST", "/?Action=CreateStack&X-Amz-Signature=00", [("Origin", origin)])


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "http://127.0.0.1:5173",
        "http://[::1]:3000",
        "http://site.s3-website.localhost:4566",
        "http://app.localhost.localstack.cloud:4566",
    ],
)
def test_a_signed_request_of_a_page_of_this_machine_passes(origin):
    assert not refused("POST", "/", [("Origin", origin), SIGNED])
    assert not refused("PUT", PRESIGNED, [("Origin", origin)])


def test_a_page_passes_at_its_own_host_and_at_an_allowed_one():
    assert not refused("POST", "/", [("Origin", "https://d1.cloudfront.net"), SIGNED], host="d1.cloudfront.net")
    assert not refused("POST", "/", [("Origin", "https://dev.example"), SIGNED], allowed_hosts=("dev.example",))


def test_an_anonymous_request_of_any_page_passes():
    """Sign-up, public objects and REST APIs are open to every page on AWS too."""
    assert not refused(
        "POST", "/", [("Origin", "https://evil.example"), ("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp")]
    )
    assert not refused("GET", "/bucket/public", [("Origin", "https://evil.example")])


def test_presigned_objects_may_be_linked_and_shown():
    for mode in ("navigate", "no-cors"):
        headers = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", mode)]
        assert not refused("GET", PRESIGNED, headers)
        assert not refused("GET", "/b/k?AWSAccessKeyId=test&Signature=x&Expires=1", headers)


@pytest.mark.parametrize("service", ["cloudformation", "s3", "iam"])
def test_a_picture_cannot_call_a_query_api(service):
    assert refused("GET", PRESIGNED_QUERY.format(service), [("Sec-Fetch-Site", "cross-site")])
