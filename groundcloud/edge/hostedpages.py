"""Cognito's hosted pages and OAuth endpoints: told by host (a user pool's domain) or by path (`/oauth2/…`,
`/{pool}/.well-known/…`)."""

from __future__ import annotations

import re

from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import MAX_PAGE_BODY_BYTES
from groundcloud.http import Response
from groundcloud.ports import RequestHandler

_HOST = re.compile(r"[a-z0-9-]+\.auth\.[a-z0-9-]+\.(?:amazoncognito\.com|localhost)")
_PATH = re.compile(
    r"/oauth2/(?:authorize|login|revoke|token|userInfo)|/[\w-]+/\.well-known/(?:openid-configuration|jwks\.json)"
)
_LOGIN = "/login"
_FORM = "application/x-www-form-urlencoded"


class HostedPages:
    """`pages` looks at what may be its own, and leaves the rest alone."""

    def __init__(self, pages: RequestHandler) -> None:
        self._pages = pages

    async def __call__(self, exchange: Exchange) -> Response | None:
        if not (_HOST.fullmatch(exchange.hostname) or _PATH.fullmatch(exchange.path) or _is_login(exchange)):
            return None
        return await self._pages(await exchange.request(MAX_PAGE_BODY_BYTES))


def _is_login(exchange: Exchange) -> bool:
    """A form sent to the engine's own sign-in page, which knows nothing of second factors; else it is a bucket."""
    kind = exchange.headers.get("content-type") or ""
    return exchange.path == _LOGIN and exchange.method == "POST" and kind.startswith(_FORM)
