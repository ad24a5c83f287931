"""GET and POST /oauth2/userInfo: what an access token's scopes show of its user.

https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine
from groundcloud.signin.directory import Directory, Pool, pool_id_of_token
from groundcloud.signin.hosted.app_client import Registry
from groundcloud.signin.hosted.minting import unverified_claims

_EMAIL, _PHONE = ("email", "email_verified"), ("phone_number", "phone_number_verified")
_PROFILE = frozenset(
    ("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture")
) | frozenset(("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "address", "identities"))


def shown(attributes: Mapping[str, str], scopes: set[str], readable: list[str]) -> dict[str, str]:
    """The attributes that these scopes show: openid alone all of them, further scopes only their own; never what the
    client may not read."""
    narrow = {"email", "phone", "profile"} & scopes
    kept = {}
    for name, value in attributes.items():
        if readable and name not in readable:
            continue
        of_profile = "profile" in narrow and (name in _PROFILE or name.startswith("custom:"))
        of_address = ("email" in narrow and name in _EMAIL) or ("phone" in narrow and name in _PHONE)
        if not narrow or of_profile or of_address:
            kept[name] = value
    return kept


class UserInfo:
    def __init__(self, engine: Engine, directory: Directory, registry: Registry) -> None:
        self._engine = engine
        self._directory = directory
        self._registry = registry

    async def handle(self, request: Request, pool: Pool | None) -> Response:
        """The engine judges the token (signature, age, revocation, scope openid); what it shows is decided here."""
        token = (request.headers.get("authorization") or "").partition(" ")[2].strip()
        pool_id = pool_id_of_token(token)
        if pool is not None and token and pool_id != pool.id:
            return _refused("Access token format is not valid")
        authorization = [("Host", "localhost"), ("Authorization", request.headers.get("authorization") or "")]
        response = await self._engine.request(Request("GET", "/oauth2/userInfo", "", Headers(authorization)))
        if response.status != 200:
            return response
        claims = unverified_claims(token)
        client = await self._registry.client(str(claims["client_id"]), pool)
        user = await self._directory.user(client.pool, str(claims["username"])) if client else None
        if client is None or user is None or user.sub != claims["sub"]:
            return _refused("Access token is expired or user has globally signed out, disabled, or been deleted")
        seen = shown(user.attributes, set(str(claims["scope"]).split()), client.names("ReadAttributes"))
        return Response.json(200, json.dumps({**seen, "sub": user.sub, "username": user.username}))


def _refused(description: str) -> Response:
    body = json.dumps({"error": "invalid_token", "error_description": description})
    return Response.json(401, body, WWW_Authenticate="Bearer error=INVALID_TOKEN")
