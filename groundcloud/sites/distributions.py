"""CloudFront's data plane: what a viewer of a distribution gets.

One request: behaviour → refusals → cache → origin → custom error → what the viewer still needs → CloudFront's headers.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from groundcloud.clock import Clock
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, RequestHandler, Scopes
from groundcloud.sites import limits
from groundcloud.sites.buckets import Buckets, SiteEngine
from groundcloud.sites.catalog import Catalog
from groundcloud.sites.distribution import Behavior, Distribution
from groundcloud.sites.edge_cache import EdgeCache, Entry, Key
from groundcloud.sites.freshness import for_viewer, lifetime
from groundcloud.sites.hosts import distribution_label
from groundcloud.sites.origin_request import cache_key, origin_request
from groundcloud.sites.origins import Origins
from groundcloud.sites.pages import cloudfront_error

_POP = "LCL50-C1"
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "date",
    }
)
_KEPT_ERRORS = frozenset({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504})
_MISS, _HIT, _REFRESHED, _ERROR = (f"{word} from cloudfront" for word in ("Miss", "Hit", "RefreshHit", "Error"))

_BAD_REQUEST = "Bad request. We can't connect to the server for this app or website at this time."
_BAD_METHOD = (
    "This distribution is not configured to allow the HTTP request method that was used for this request. "
    "The distribution supports only cachable requests."
)
_NO_ORIGIN = "CloudFront wasn't able to resolve the origin domain name."


@dataclass(frozen=True)
class Visit:
    """One viewer's request on its way through a distribution. `path` is percent-encoded."""

    distribution: Distribution
    request: Request
    path: str
    id: str
    via: str

    @property
    def behavior(self) -> Behavior:
        return self.distribution.behavior(replace(self.request, raw_path=self.path).path)


@dataclass(frozen=True)
class Outcome:
    """A whole answer, and what CloudFront says about it. `age` is seconds in the cache, None when it was not there."""

    response: Response
    told: str
    age: int | None = None


class Distributions:
    """Answers requests to ``{label}.cloudfront…`` hosts.

    `website` and `origin_fetch` are the data planes of this cloud that a distribution may have as its origin.
    """

    def __init__(
        self,
        engine: SiteEngine,
        changes: Changes,
        scopes: Scopes,
        website: RequestHandler,
        origin_fetch: RequestHandler,
        clock: Clock,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(40) + "==",
    ) -> None:
        self._cache = EdgeCache()
        self._catalog = Catalog(engine, changes, scopes, self._cache)
        self._origins = Origins(Buckets(engine, changes, scopes), [website, origin_fetch])
        self._clock = clock
        self._new_id = new_id

    def invalidate(self, distribution_id: str, paths: list[str]) -> None:
        """Forget what an invalidation names. Invalidations made through the API are also found without this call."""
        self._cache.invalidate(distribution_id, paths)

    async def reset(self) -> None:
        """Nothing is cached."""
        self._cache.clear()
        self._catalog.clear()

    async def handle(self, request: Request) -> Response | None:
        """The answer, or None when the host is no distribution."""
        label = distribution_label(request.hostname)
        if label is None:
            return None
        visit_id, via = self._new_id(), f"1.1 {uuid.uuid4().hex}.cloudfront.net (CloudFront)"
        distribution = await self._catalog.find(label)
        hops = ", ".join(request.headers.get_all("via")).count("(CloudFront)")
        if distribution is None or not distribution.enabled or hops >= limits.MAX_CLOUDFRONT_HOPS:
            outcome = Outcome(cloudfront_error(403, _BAD_REQUEST, visit_id), _ERROR)
        else:
            path = request.raw_path or "/"
            if path == "/" and distribution.root_object:
                path = f"/{distribution.root_object}"
            outcome = await self._answer(Visit(distribution, request, path, visit_id, via))
        return _to_viewer(outcome, request, visit_id, via)

    async def _answer(self, visit: Visit) -> Outcome:
        """HTTP is answered as it comes, whatever the viewer protocol policy says: this cloud has no TLS listener, and
        a redirect to ``https://…cloudfront.net`` would lead out of it to the real CloudFront."""
        behavior, method = visit.behavior, visit.request.method
        if method not in behavior.allowed:
            return Outcome(cloudfront_error(403, _BAD_METHOD, visit.id), _ERROR)
        if behavior.refusal:
            return Outcome(cloudfront_error(behavior.refusal_status, behavior.refusal, visit.id), _ERROR)
        outcome = await self._content(visit)
        if outcome.response.status >= 400:
            outcome = await self._error_page(visit, outcome)
        if method not in ("GET", "HEAD"):
            return outcome
        return replace(outcome, response=for_viewer(outcome.response, visit.request.headers))

    async def _content(self, visit: Visit) -> Outcome:
        """From the cache while it is fresh, else from the origin."""
        behavior = visit.behavior
        if visit.request.method not in behavior.cached | {"GET", "HEAD"}:
            return await self._from_origin(visit, None, None, "")
        key, target = cache_key(visit.distribution.id, behavior, visit.request, visit.path)
        entry, now = self._cache.find(key), self._clock.now()
        if entry is None or entry.expires <= now:
            return await self._from_origin(visit, entry, key, target)
        told = _ERROR if entry.response.status >= 400 else _HIT
        return Outcome(entry.response, told, int(now - entry.stored))

    async def _from_origin(self, visit: Visit, stale: Entry | None, key: Key | None, target: str) -> Outcome:
        epoch = self._cache.epoch(visit.distribution.id)
        asked = origin_request(visit.behavior, visit.request, visit.path, visit.id, visit.via, _conditions(stale))
        response = await self._origins.fetch(visit.distribution, visit.behavior.origin, asked)
        if response is None:
            return Outcome(cloudfront_error(502, _NO_ORIGIN, visit.id), _ERROR)
        told = _ERROR if response.status >= 400 else _MISS
        if stale is not None and response.status == 304:
            response, told = _refreshed(stale, response), _REFRESHED
        response = Response(response.status, _clean(response.headers), response.body)
        if key is not None:
            self._keep(visit, key, target, response, epoch)
        return Outcome(response, told)

    def _keep(self, visit: Visit, key: Key, target: str, response: Response, epoch: int) -> None:
        now = self._clock.now()
        seconds = self._seconds_to_keep(visit, response, now)
        self._cache.drop(key)
        if seconds <= 0:
            return
        kept = response
        if "set-cookie" in response.headers and visit.behavior.key.cookies.mode == "none":
            # One viewer's cookie must never be another's.
            kept = replace(response, headers=response.headers.copy())
            kept.headers.remove("set-cookie")
        self._cache.store(key, Entry(visit.distribution.id, target, kept, now, now + seconds), epoch)

    def _seconds_to_keep(self, visit: Visit, response: Response, now: float) -> float:
        if response.status < 400:
            return lifetime(visit.behavior, response.headers, now)
        # Where caching is off, an API's refusal must not be kept either.
        if response.status not in _KEPT_ERRORS or visit.behavior.max_ttl == 0:
            return 0.0
        rule = visit.distribution.errors.get(response.status)
        return rule.ttl if rule else limits.ERROR_TTL

    async def _error_page(self, visit: Visit, failed: Outcome) -> Outcome:
        """The page of a custom error response; the page's own error when it cannot be had.

        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html
        """
        rule = visit.distribution.errors.get(failed.response.status)
        if rule is None or not rule.page:
            return failed
        request = replace(visit.request, method="GET", body=b"", query_string="")
        page = await self._content(replace(visit, request=request, path=rule.page))
        if page.response.status != 200:
            return replace(page, told=_ERROR)
        return Outcome(replace(page.response, status=rule.status), _ERROR, page.age)


def _conditions(stale: Entry | None) -> Headers:
    """What asks the origin whether a stale answer is still good."""
    if stale is None or stale.response.status != 200:
        return Headers()
    tag, modified = stale.response.headers.get("etag"), stale.response.headers.get("last-modified")
    if tag:
        return Headers([("If-None-Match", tag)])
    return Headers([("If-Modified-Since", modified)]) if modified else Headers()


def _refreshed(stale: Entry, confirmation: Response) -> Response:
    """What was kept, with the newer headers that came with the confirmation."""
    headers = stale.response.headers.copy()
    for name in ("cache-control", "expires", "etag", "last-modified"):
        newer = confirmation.headers.get(name)
        if newer is not None:
            headers.set(name, newer)
    return Response(stale.response.status, headers, stale.response.body)


def _clean(headers: Headers) -> Headers:
    return Headers([item for item in headers.items if item[0].lower() not in _HOP_BY_HOP])


def _to_viewer(outcome: Outcome, request: Request, visit_id: str, via: str) -> Response:
    response = outcome.response
    headers = response.headers.copy()
    if outcome.age is not None:
        headers.set("Age", str(outcome.age))
    before = headers.get("via")
    headers.set("X-Cache", outcome.told)
    headers.set("Via", f"{before}, {via}" if before else via)
    headers.set("X-Amz-Cf-Pop", _POP)
    headers.set("X-Amz-Cf-Id", visit_id)
    return Response(response.status, headers, b"" if request.method == "HEAD" else response.body)
