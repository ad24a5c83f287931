"""An HTTP API's own CORS: preflights answered, headers of the integration replaced. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html: "API Gateway automatically sends a
response to preflight OPTIONS requests, even if there isn't an OPTIONS route", and "ignores CORS headers returned from
your backend integration".
"""

from __future__ import annotations

from groundcloud.gateway.httpapi.model import Cors
from groundcloud.http import Headers, Request, Response

_PREFIX = "access-control-"


def preflight(cors: Cors, request: Request) -> Response | None:
    """The answer to a preflight; None when `request` is none. An origin that is not allowed gets no headers."""
    origin = request.headers.get("origin")
    if request.method != "OPTIONS" or not origin or "access-control-request-method" not in request.headers:
        return None
    allowed = allowed_origin(cors, origin)
    if allowed is None:
        return Response(204, Headers([]))
    headers = Headers([("access-control-allow-origin", allowed)])
    for name, values in (("methods", cors.methods), ("headers", cors.headers)):
        if values:
            headers.add(f"access-control-allow-{name}", ",".join(values))
    if cors.max_age is not None:
        headers.add("access-control-max-age", str(cors.max_age))
    if cors.expose:
        headers.add("access-control-expose-headers", ",".join(cors.expose))
    _add_credentials(cors, headers, allowed)
    return Response(204, headers)


def decorate(cors: Cors, request: Request, response: Response) -> None:
    """Replace the CORS headers of `response` by the API's own."""
    kept = [item for item in response.headers.items if not item[0].lower().startswith(_PREFIX)]
    response.headers = Headers(kept)
    origin = request.headers.get("origin")
    allowed = allowed_origin(cors, origin) if origin else None
    if allowed is None:
        return
    response.headers.add("access-control-allow-origin", allowed)
    if cors.expose:
        response.headers.add("access-control-expose-headers", ",".join(cors.expose))
    _add_credentials(cors, response.headers, allowed)


def allowed_origin(cors: Cors, origin: str) -> str | None:
    """What `Access-Control-Allow-Origin` says to `origin`: ``*``, the origin itself, or nothing. Allowed origins may
    be ``*``, ``https://*``, ``http://*`` or whole."""
    lowered = origin.lower()
    for pattern in cors.origins:
        if pattern == "*":
            return "*"
        if pattern in ("https://*", "http://*") and lowered.startswith(pattern[:-1]):
            return origin
        if pattern.lower() == lowered:
            return origin
    return None


def _add_credentials(cors: Cors, headers: Headers, allowed: str) -> None:
    if cors.credentials and allowed != "*":
        headers.add("access-control-allow-credentials", "true")
    if allowed != "*":
        headers.add("vary", "origin")
