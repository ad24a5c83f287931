from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.http import Headers, Request, Response
from groundcloud.sites import limits
from groundcloud.sites.distributions import Distributions
from groundcloud.sites.edge_cache import EdgeCache, Entry
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_sites_engine import FakeChanges, FakeScopes, FakeSitesEngine

OPTIMIZED = {"MinTTL": 1, "DefaultTTL": 86400, "MaxTTL": 31536000}
OFF = {"MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 0}


def listed(*items: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)}


class World:
    """One distribution, E1, in front of an application that answers what `answer` says."""

    def __init__(self) -> None:
        self.engine, self.changes, self.clock = FakeSitesEngine(), FakeChanges(), FakeClock()
        self.engine.cache_policies = {"optimized": OPTIMIZED, "off": OFF}
        self.answer = Response(200, Headers([("ETag", '"1"'), ("Content-Length", "4")]), b"home")
        self.asked: list[Request] = []
        self.sites = Distributions(self.engine, self.changes, FakeScopes(), self.nobody, self.application, self.clock)
        self.configure()

    async def nobody(self, request: Request) -> Response | None:
        return None

    async def application(self, request: Request) -> Response | None:
        self.asked.append(request)
        if request.hostname != "app.example.com":
            return None
        if request.headers.get("if-none-match") == '"1"' and self.answer.headers.get("etag") == '"1"':
            return Response(304, Headers([("ETag", '"1"')]))
        return Response(self.answer.status, self.answer.headers.copy(), self.answer.body)

    def configure(self, behavior: dict[str, Any] | None = None, **config: Any) -> None:
        default = {"TargetOriginId": "app", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "optimized"}
        origin = {"Id": "app", "DomainName": "app.example.com", "CustomOriginConfig": {"HTTPPort": 80}}
        self.engine.distributions["E1"] = {
            "Enabled": True,
            "Origins": listed({**origin, **config.pop("origin", {})}),
            "DefaultCacheBehavior": {**default, **(behavior or {})},
            **config,
        }
        self.changes.count += 1

    def get(self, path: str = "/", method: str = "GET", query: str = "", **headers: str) -> Response:
        sent = [("Host", "e1.cloudfront.localhost:4566")]
        sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
        answer = asyncio.run(self.sites.handle(Request(method, path, query, Headers(sent))))
        assert answer is not None
        return answer

    def told(self, *arguments: str, **named: str) -> str:
        return (self.get(*arguments, **named).headers.get("x-cache") or "").partition(" ")[0]


@pytest.fixture
def world() -> World:
    return World()


def test_other_hosts_are_not_ours(world: World) -> None:
    request = Request("GET", "/", headers=Headers([("Host", "e1.example.com")]))
    assert asyncio.run(world.sites.handle(request)) is None


def test_hit_age_and_refresh(world: World) -> None:
    assert world.told() == "Miss"
    world.clock.pass_seconds(10)
    hit = world.get()
    assert (hit.headers.get("x-cache"), hit.headers.get("age")) == ("Hit from cloudfront", "10")
    world.clock.pass_seconds(86400)
    assert world.told() == "RefreshHit"
    assert world.asked[-1].headers.get("if-none-match") == '"1"'
    assert world.told() == "Hit"


def test_stale_and_changed(world: World) -> None:
    world.get()
    world.clock.pass_seconds(90000)
    world.answer = Response(200, Headers([("ETag", '"2"')]), b"new")
    answer = world.get()
    assert (answer.body, answer.headers.get("x-cache")) == (b"new", "Miss from cloudfront")


def test_distributions_are_read_once_for_each_change(world: World) -> None:
    world.get()
    before = len(world.engine.calls)
    world.get()
    assert len(world.engine.calls) == before
    world.changes.count += 1
    world.get()
    assert len(world.engine.calls) > before


def test_invalidations_are_seen_however_they_are_made(world: World) -> None:
    world.get("/a/b.txt")
    world.sites.invalidate("E1", ["/a/*"])
    assert world.told("/a/b.txt") == "Miss"
    world.engine.invalidations["I1"] = ["/a/b.txt"]
    world.changes.count += 1
    assert world.told("/a/b.txt") == "Miss"
    world.changes.count += 1
    assert world.told("/a/b.txt") == "Hit"


def test_what_was_fetched_before_an_invalidation_is_not_kept_after_it() -> None:
    cache = EdgeCache()
    epoch = cache.epoch("E1")
    cache.invalidate("E1", ["/*"])
    cache.store(("k",), Entry("E1", "/", Response(), 0.0, 9e9), epoch)
    assert cache.find(("k",)) is None


def test_the_cache_is_bounded() -> None:
    cache = EdgeCache()
    big = Response(200, body=b"x" * limits.CACHED_OBJECT_BYTES)
    cache.store(("big",), Entry("E1", "/big", big, 0.0, 9e9), 0)
    assert cache.find(("big",)) is not None
    for number in range(9):
        entry = Entry("E1", f"/{number}", Response(200, body=b"x" * (limits.CACHED_OBJECT_BYTES - 9)), 0.0, 9e9)
        cache.store((str(number),), entry, 0)
    assert cache.find(("big",)) is None
    assert cache.find(("8",)) is not None


def test_cookies_of_one_viewer_are_not_anothers(world: World) -> None:
    world.answer.headers.add("Set-Cookie", "session=ann")
    assert world.get().headers.get("set-cookie") == "session=ann"
    assert world.get().headers.get("set-cookie") is None


def test_the_key_is_what_the_policy_names(world: World) -> None:
    names = {
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": listed("X-Lang")},
        "CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": listed("theme")},
        "QueryStringsConfig": {"QueryStringBehavior": "allExcept", "QueryStrings": listed("utm")},
    }
    world.engine.cache_policies["named"] = {**OPTIMIZED, "ParametersInCacheKeyAndForwardedToOrigin": names}
    world.configure({"CachePolicyId": "named"})
    world.get(query="a=1&utm=x", x_lang="de", cookie="theme=dark; id=7")
    sent = world.asked[-1]
    assert (sent.query_string, sent.headers.get("x-lang"), sent.headers.get("cookie")) == ("a=1", "de", "theme=dark")
    assert world.told(query="a=1&utm=y", x_lang="de", cookie="id=8; theme=dark") == "Hit"
    assert world.told(query="a=2", x_lang="de", cookie="theme=dark") == "Miss"
    assert world.told(query="a=1", x_lang="en", cookie="theme=dark") == "Miss"
    assert world.told(query="a=1", x_lang="de", cookie="theme=light") == "Miss"


def test_what_the_origin_is_told(world: World) -> None:
    world.configure(
        origin={"OriginPath": "/prod", "CustomHeaders": listed({"HeaderName": "X-Key", "HeaderValue": "k"})}
    )
    world.get(
        "/a%20b", query="x=1", authorization="secret", cookie="id=1", accept="text/html", x_forwarded_for="9.9.9.9"
    )
    sent = world.asked[-1]
    assert (sent.raw_path, sent.query_string, sent.host) == ("/prod/a%20b", "", "app.example.com")
    assert sent.headers.get("x-key") == "k"
    assert sent.headers.get("user-agent") == "Amazon CloudFront"
    assert sent.headers.get("x-forwarded-for") == "9.9.9.9, 127.0.0.1"
    for name in ("authorization", "cookie", "accept"):
        assert sent.headers.get(name) is None, name


def test_methods(world: World) -> None:
    assert world.get(method="POST").status == 403
    world.configure({"AllowedMethods": {**listed("GET", "HEAD", "POST"), "CachedMethods": listed("GET", "HEAD")}})
    for _ in range(2):
        assert world.told("/", "POST") == "Miss"
    assert world.asked[-1].method == "POST"
    head = world.get("/x", "HEAD")
    assert (head.body, head.headers.get("content-length"), world.asked[-1].method) == (b"", "4", "GET")


def test_errors_are_kept_shortly_but_not_where_caching_is_off(world: World) -> None:
    world.answer = Response(404, body=b"lost")
    assert world.told() == "Error"
    world.get()
    assert len(world.asked) == 1
    world.clock.pass_seconds(limits.ERROR_TTL)
    world.get()
    assert len(world.asked) == 2
    world.configure({"CachePolicyId": "off"})
    world.get("/other")
    world.get("/other")
    assert len(world.asked) == 4


def test_an_error_page_that_is_lost_too(world: World) -> None:
    rule = {"ErrorCode": 404, "ResponsePagePath": "/lost.html", "ResponseCode": "200"}
    world.configure(CustomErrorResponses=listed(rule))
    world.answer = Response(404, body=b"lost")
    assert (world.get("/x").status, [one.raw_path for one in world.asked]) == (404, ["/x", "/lost.html"])


@pytest.mark.parametrize(
    ("behavior", "status", "word"),
    [
        ({"FunctionAssociations": listed({"FunctionARN": "a"})}, 502, b"CloudFront Function"),
        ({"LambdaFunctionAssociations": listed({"LambdaFunctionARN": "a"})}, 502, b"Lambda@Edge"),
        ({"TrustedKeyGroups": {"Enabled": True, **listed("k")}}, 403, b"Missing Key"),
        ({"TrustedSigners": {"Enabled": True, **listed("self")}}, 403, b"Missing Key"),
    ],
)
def test_what_is_not_supported_says_so(world: World, behavior: dict[str, Any], status: int, word: bytes) -> None:
    world.configure(behavior)
    answer = world.get()
    assert (answer.status, word in answer.body) == (status, True)
    assert world.asked == []


def test_a_half_made_distribution_does_not_take_the_others_down(world: World) -> None:
    world.engine.distributions["E0"] = {"Enabled": True}
    world.changes.count += 1
    assert world.get().status == 200


def test_a_ring_of_distributions_ends(world: World) -> None:
    via = ", ".join(["1.1 a.cloudfront.net (CloudFront)"] * limits.MAX_CLOUDFRONT_HOPS)
    assert world.get(via=via).status == 403


def test_a_missing_key_of_a_bucket_that_may_not_be_listed(world: World) -> None:
    world.engine.objects["shop", "a.txt"] = Response(200, body=b"a")
    world.configure(origin={"DomainName": "shop.s3.amazonaws.com"})
    assert world.get("/a.txt").body == b"a"
    assert world.get("/b.txt").status == 403
    world.configure(origin={"DomainName": "none.s3.amazonaws.com"})
    assert world.get("/c.txt").status == 404
