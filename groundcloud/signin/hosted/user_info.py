"""GET and POST /oauth2/userInfo: what an access token's scopes show of its user.

https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.signin.directory import Directory, Pool
from groundcloud.signin.tokens import Tokens

_OPENID = "openid"
_EMAIL, _PHONE = ("email", "email_verified"), ("phone_number", "phone_number_verified")
_PROFILE = frozenset(
    ("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture")
) | frozenset(("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "address", "identities"))


def shown(attributes: Mapping[str, str], scopes: frozenset[str], readable: list[str]) -> dict[str, str]:
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
    def __init__(self, directory: Directory, tokens: Tokens) -> None:
        self._directory = directory
        self._tokens = tokens

    async def handle(self, request: Request, pool: Pool | None) -> Response:
        """The user's attributes; `pool` is that of the domain that was asked, None at the cloud's own address."""
        scheme, _, token = (request.headers.get("authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            return _refused("Access token format is not valid")
        try:
            found = await self._tokens.signed_in(token.strip(), _OPENID)
            client = await self._directory.client(found.pool, found.client_id)
        except AwsError as error:
            if error.status >= 500:
                raise
            return _refused(error.message)
        if pool is not None and found.pool.id != pool.id:
            return _refused("Access token format is not valid")
        seen = shown(found.user.attributes, found.scopes, list(client.settings.get("ReadAttributes") or []))
        body = json.dumps({**seen, "sub": found.user.sub, "username": found.user.username})
        return Response.json(200, body, Cache_Control="no-store")


def _refused(description: str) -> Response:
    body = json.dumps({"error": "invalid_token", "error_description": description})
    return Response.json(401, body, WWW_Authenticate="Bearer error=INVALID_TOKEN")
