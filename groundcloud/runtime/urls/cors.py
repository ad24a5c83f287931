"""CORS of a function URL: pure. The URL's configuration answers the preflight and overrides what the function says.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from __future__ import annotations

from groundcloud.http import Headers, Request, Response
from groundcloud.runtime.urls.config import Cors, FunctionUrl

_ALL_METHODS = "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS"


def is_preflight(request: Request) -> bool:
    headers = request.headers
    return request.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(url: FunctionUrl, request: Request) -> Response | None:
    """The answer to a browser's preflight, which never reaches the function; None when the URL has no CORS."""
    if url.cors is None or not is_preflight(request):
        return None
    return Response(200, Headers(cors_headers(url.cors, request, for_preflight=True)))


def cors_headers(cors: Cors, request: Request, *, for_preflight: bool = False) -> list[tuple[str, str]]:
    """The headers for the request's origin; none when it may not."""
    origin = request.headers.get("origin") or ""
    if not origin or not _matches(cors.origins, origin):
        return []
    everywhere = "*" in cors.origins and not cors.credentials
    headers = [("Access-Control-Allow-Origin", "*" if everywhere else origin)]
    if not everywhere:
        headers.append(("Vary", "Origin"))
    if cors.credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if cors.exposed:
        headers.append(("Access-Control-Expose-Headers", ",".join(cors.exposed)))
    if for_preflight:
        headers += _for_preflight(cors, request)
    return headers


def _for_preflight(cors: Cors, request: Request) -> list[tuple[str, str]]:
    headers = []
    if cors.methods:
        headers.append(
            ("Access-Control-Allow-Methods", _ALL_METHODS if "*" in cors.methods else ",".join(cors.methods))
        )
    asked = request.headers.get("access-control-request-headers")
    if cors.headers:
        allowed = asked if "*" in cors.headers and asked else ",".join(cors.headers)
        headers.append(("Access-Control-Allow-Headers", allowed))
    if cors.max_age is not None:
        headers.append(("Access-Control-Max-Age", str(cors.max_age)))
    return headers


def _matches(origins: tuple[str, ...], origin: str) -> bool:
    return any(allowed == "*" or allowed.lower() == origin.lower() or _is_under(allowed, origin) for allowed in origins)


def _is_under(allowed: str, origin: str) -> bool:
    """``https://*.example.com`` takes every host below it."""
    before, star, after = allowed.lower().partition("*.")
    found = origin.lower()
    return bool(star) and found.startswith(before) and found.endswith("." + after)
