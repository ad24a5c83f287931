"""OpenID Connect discovery of a pool. Its JWKS is the engine's.

https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from groundcloud.http import Request, Response
from groundcloud.signin.directory import Directory
from groundcloud.signin.hosted.app_client import domain_of

_PATH = re.compile(r"/([a-z]{2}(?:-[a-z]+)+-\d_[A-Za-z0-9]+)/\.well-known/openid-configuration")


def is_discovery(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


class Discovery:
    """`endpoint` is the cloud's own address: its port is where browsers find the pools' pages."""

    def __init__(self, directory: Directory, endpoint: str) -> None:
        self._directory = directory
        self._port = urlsplit(endpoint).port

    async def handle(self, request: Request) -> Response | None:
        found = _PATH.fullmatch(request.path)
        place = await self._directory.place_of_pool(found[1]) if found else None
        if place is None:
            return None
        pool = await self._directory.pool(place)
        is_aws = request.hostname.endswith(".amazonaws.com")
        base = f"https://{request.hostname}" if is_aws else f"{request.scheme}://{request.host}"
        domain = domain_of(pool)
        pages = (f"https://{domain}" if is_aws else self.pages_url(domain)) if domain else None
        # Programs are told the address they asked at: their resolver knows no name below localhost, a browser's does.
        programs = pages if is_aws else base
        return Response.json(200, json.dumps(_document(pool.scope.region, pool.id, base, pages, programs)))

    def pages_url(self, domain: str) -> str:
        """Where a browser finds the pages of a domain on this machine."""
        return f"http://{domain.removesuffix('.amazoncognito.com')}.localhost:{self._port}"


def _document(region: str, pool_id: str, base: str, pages: str | None, programs: str | None) -> dict[str, object]:
    endpoints = {
        "authorization_endpoint": f"{pages}/oauth2/authorize",
        "end_session_endpoint": f"{pages}/logout",
        "revocation_endpoint": f"{programs}/oauth2/revoke",
        "token_endpoint": f"{programs}/oauth2/token",
        "userinfo_endpoint": f"{programs}/oauth2/userInfo",
    }
    return {
        **(endpoints if pages else {}),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": f"https://cognito-idp.{region}.amazonaws.com/{pool_id}",
        "jwks_uri": f"{base}/{pool_id}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
