from __future__ import annotations

import asyncio

import pytest

from groundcloud.http import Headers, Request, Response
from groundcloud.sites.website import WebsiteHost
from groundcloud.sites.website_config import compile_website
from tests.fakes.fake_sites_engine import FakeChanges, FakeScopes, FakeSitesEngine

SITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "lost.html"}}


class World:
    def __init__(self) -> None:
        self.engine, self.changes = FakeSitesEngine(), FakeChanges()
        self.engine.websites["shop"] = SITE
        self.engine.objects["shop", "index.html"] = Response(200, Headers([("ETag", '"1"')]), b"home")
        self.host = WebsiteHost(self.engine, self.changes, FakeScopes())

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        sent = [("Host", "shop.s3-website.localhost:4566"), *headers.items()]
        answer = asyncio.run(self.host.handle(Request(method, path, headers=Headers(sent))))
        assert answer is not None
        return answer


@pytest.fixture
def world() -> World:
    return World()


def test_other_hosts_are_not_ours(world: World) -> None:
    request = Request("GET", "/", headers=Headers([("Host", "shop.s3.amazonaws.com")]))
    assert asyncio.run(world.host.handle(request)) is None


def test_objects_are_read_as_anybody(world: World) -> None:
    assert world.get("/", Authorization="AWS4-HMAC-SHA256 …", Cookie="a=b").body == b"home"
    _, _, _, headers, scope = world.engine.reads[-1]
    assert scope is None
    assert [name for name, _ in headers.items] == ["Host"]


def test_the_configuration_is_read_once_for_each_change(world: World) -> None:
    world.get("/")
    world.get("/")
    assert world.engine.calls.count("GetBucketWebsite") == 2, "one refusal elsewhere, one answer"
    world.changes.count += 1
    world.engine.websites["shop"] = {"IndexDocument": {"Suffix": "home.html"}}
    assert world.get("/").status == 404


def test_a_lost_error_document_is_told(world: World) -> None:
    answer = world.get("/x")
    assert answer.status == 404
    assert b"An Error Occurred While Attempting to Retrieve a Custom Error Document" in answer.body


def test_private_pages(world: World) -> None:
    world.engine.private = True
    answer = world.get("/")
    assert (answer.status, b"AccessDenied" in answer.body) == (403, True)


def test_heads_have_no_body(world: World) -> None:
    answer = world.get("/x", "HEAD")
    assert (answer.status, answer.body) == (404, b"")
    assert int(answer.headers.get("content-length") or 0) > 0


def test_a_redirect_cannot_carry_headers(world: World) -> None:
    world.engine.objects["shop", "a\r\nSet-Cookie: x/index.html"] = Response(200)
    answer = world.get("/a%0D%0ASet-Cookie:%20x")
    assert answer.status == 302
    assert answer.headers.get("location") == "/a%0D%0ASet-Cookie:%20x/"


def test_the_first_routing_rule_that_fits() -> None:
    site = compile_website(
        {
            "RoutingRules": [
                {"Condition": {"HttpErrorCodeReturnedEquals": "403"}, "Redirect": {"ReplaceKeyWith": "denied.html"}},
                {"Condition": {"KeyPrefixEquals": "a/"}, "Redirect": {"ReplaceKeyPrefixWith": "b/"}},
                {"Condition": {"KeyPrefixEquals": "a/b/"}, "Redirect": {"HostName": "example.com"}},
            ]
        }
    )
    by_prefix, by_error = site.rule("a/b/c"), site.rule("x", 403)
    assert by_prefix is not None
    assert by_prefix.location("a/b/c d", "http", "shop:1") == "http://shop:1/b/b/c%20d"
    assert by_error is not None
    assert by_error.location("x", "http", "shop:1") == "http://shop:1/denied.html"
    assert site.rule("x") is None
    assert site.rule("x", 404) is None
