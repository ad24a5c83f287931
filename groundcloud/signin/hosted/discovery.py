"""OpenID Connect discovery of a pool, and its JWKS, which is the engine's: asked for there by the pool's service,
because a path alone does not tell every engine whose it is.

https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from groundcloud.http import Request, Response
from groundcloud.signin.directory import Directory, Pool
from groundcloud.signin.hosted.app_client import domain_of

_PATH = re.compile(r"/([a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]+)/\.well-known/(openid-configuration|jwks\.json)")
_KEYS = "jwks.json"


def is_discovery(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


class Discovery:
    """`pages` gives the address of a pool's pages in a browser on this machine, empty for a pool without a domain;
    `keys` a pool's JWKS."""

    def __init__(
        self, directory: Directory, pages: Callable[[Pool], str], keys: Callable[[Pool], Awaitable[Response]]
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._pages = pages

    async def handle(self, request: Request) -> Response | None:
        found = _PATH.fullmatch(request.path)
        place = await self._directory.place_of_pool(found[1]) if found else None
        if found is None or place is None:
            return None
        pool = await self._directory.pool(place)
        if found[2] == _KEYS:
            return await self._keys(pool)
        if request.hostname.endswith(".amazonaws.com"):
            domain = domain_of(pool)
            base, pages = f"https://{request.hostname}", f"https://{domain}" if domain else ""
            return _answer(pool, base, pages, pages)
        # Programs are told the address they asked at: their resolver knows no name below localhost, a browser's does.
        base = f"{request.scheme}://{request.host}"
        return _answer(pool, base, self._pages(pool), base)


def _answer(pool: Pool, base: str, pages: str, programs: str) -> Response:
    """`base` is where the pool's keys are, `pages` where a browser goes, `programs` where the other endpoints are."""
    endpoints = {
        "authorization_endpoint": f"{pages}/oauth2/authorize",
        "end_session_endpoint": f"{pages}/logout",
        "revocation_endpoint": f"{programs}/oauth2/revoke",
        "token_endpoint": f"{programs}/oauth2/token",
        "userinfo_endpoint": f"{programs}/oauth2/userInfo",
    }
    document = {
        **(endpoints if pages else {}),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": pool.issuer,
        "jwks_uri": f"{base}/{pool.id}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
    return Response.json(200, json.dumps(document))
