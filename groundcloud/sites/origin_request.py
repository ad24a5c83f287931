"""What of a viewer's request reaches the origin, and what makes two requests the same to the cache. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
"""

from __future__ import annotations

from urllib.parse import unquote

from groundcloud.http import Headers, Request
from groundcloud.sites.distribution import Behavior, Origin, Rules, Selection
from groundcloud.sites.edge_cache import Key

_NEVER = frozenset(
    {
        "connection",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-real-ip",
        "x-edge",
        "via",
        "x-forwarded-for",
        "x-amz-cf-id",
        "content-length",
        "cookie",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
    }
)
"""Never passed on as they are: about this connection, replaced by CloudFront's own, or answered from the cache."""

_ASKED_FOR = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "authorization",
        "origin",
        "referer",
    }
)
"""Passed on only when a behaviour with legacy settings asks for them; all others are."""


def cache_key(distribution: str, behavior: Behavior, request: Request, path: str) -> tuple[Key, str]:
    """The key, and the path and query under which invalidations know it."""
    query = selected_query(request.query_string, behavior.key.query)
    headers = sorted(
        f"{name.lower()}:{value}" for name, value in request.headers.items if behavior.key.headers.picks(name)
    )
    cookies = selected_cookies(request.headers, behavior.key.cookies)
    target = f"{path}?{query}" if query else path
    method = "OPTIONS" if request.method == "OPTIONS" else "GET"
    return (distribution, behavior.pattern, method, target, cookies, *headers), target


def selected_query(query: str, *selections: Selection) -> str:
    """The parts of a query string that some selection picks, in their order."""
    if not query or any(selection.mode == "all" for selection in selections):
        return query
    parts = [part for part in query.split("&") if _picked(unquote(part.partition("=")[0]), selections)]
    return "&".join(parts)


def selected_cookies(headers: Headers, *selections: Selection) -> str:
    """The cookies that some selection picks, as one Cookie header; empty for none."""
    pairs = [pair.strip() for line in headers.get_all("cookie") for pair in line.split(";")]
    return "; ".join(pair for pair in pairs if pair and _picked(pair.partition("=")[0], selections))


def origin_request(
    behavior: Behavior, request: Request, path: str, request_id: str, via: str, conditions: Headers
) -> Request:
    """The request to the origin. `conditions` ask whether what is cached is still good."""
    origin = behavior.origin
    headers = Headers([("Host", _host(origin))])
    for name, value in request.headers.items:
        if _goes_on(name.lower(), behavior, request.method):
            headers.add(name, value)
    cookies = selected_cookies(request.headers, behavior.key.cookies, behavior.forwarded.cookies)
    if cookies:
        headers.add("Cookie", cookies)
    headers.set("User-Agent", _user_agent(request, behavior))
    headers.set("X-Amz-Cf-Id", request_id)
    before = request.headers.get("via")
    headers.set("Via", f"{before}, {via}" if before else via)
    passed = request.headers.get("x-forwarded-for")
    headers.set("X-Forwarded-For", f"{passed}, {request.client}" if passed else request.client)
    if request.body:
        headers.set("Content-Length", str(len(request.body)))
    for name, value in (*origin.headers, *conditions.items):
        headers.set(name, value)
    query = selected_query(request.query_string, behavior.key.query, behavior.forwarded.query)
    method = "GET" if request.method == "HEAD" else request.method
    return Request(method, origin.path + path, query, headers, request.body, request.scheme, request.client)


def _goes_on(name: str, behavior: Behavior, method: str) -> bool:
    if name in _NEVER:
        return False
    if _chosen(name, behavior.key, behavior.forwarded):
        return True
    if name == "content-type" or (name == "authorization" and method not in ("GET", "HEAD")):
        return True
    return behavior.legacy and name not in _ASKED_FOR


def _chosen(name: str, *rules: Rules) -> bool:
    return any(rule.headers.picks(name) for rule in rules)


def _picked(name: str, selections: tuple[Selection, ...]) -> bool:
    return any(selection.picks(name) for selection in selections)


def _user_agent(request: Request, behavior: Behavior) -> str:
    own = request.headers.get("user-agent")
    return own if own and _chosen("user-agent", behavior.key, behavior.forwarded) else "Amazon CloudFront"


def _host(origin: Origin) -> str:
    return origin.domain if origin.port in (80, 443) else f"{origin.domain}:{origin.port}"
