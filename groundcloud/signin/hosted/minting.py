"""The tokens of an OAuth grant, signed with the pool's own keys.

The public API signs in, but gives tokens with the API's scope and without a nonce, and nothing to a browser that is
signed in already. The pool's keys lie in the engine's state folder, "so other processes sign alike"; what is signed
with them verifies against the pool's JWKS and is taken by `GetUser`, by `REFRESH_TOKEN_AUTH` and by API Gateway.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from groundcloud.ports import Engine
from groundcloud.signin.directory import User
from groundcloud.signin.hosted.app_client import AppClient


@dataclass(frozen=True)
class Minted:
    """The tokens of one grant. `id` is None without the scope openid, `refresh` in the implicit grant."""

    access: str
    expires_in: int
    id: str | None = None
    refresh: str | None = None


@dataclass(frozen=True)
class Sitting:
    """What was granted: `scope` blank-separated, `auth_time` epoch seconds."""

    scope: str
    auth_time: int
    nonce: str = ""


class Minter:
    def __init__(self, engine: Engine, state: Path, clock: Clock) -> None:
        self._engine = engine
        self._folder = state / "engine" / "cognito-pool-keys"
        self._clock = clock

    async def for_user(self, client: AppClient, user: User, sitting: Sitting, *, refreshable: bool) -> Minted:
        now, origin = int(self._clock.now()), str(uuid.uuid4())
        shared = {"auth_time": sitting.auth_time, "origin_jti": origin, "event_id": str(uuid.uuid4())}
        groups = await self._groups(client, user)
        access = {
            **shared,
            **groups,
            "sub": user.sub,
            "client_id": client.id,
            "username": user.username,
            "scope": sitting.scope,
            "version": 2,
        }
        ident = {
            **shared,
            **groups,
            **{
                name: value == "true" if name.endswith("_verified") else value
                for name, value in user.attributes.items()
            },
            "sub": user.sub,
            "aud": client.id,
            "cognito:username": user.username,
            **({"nonce": sitting.nonce} if sitting.nonce else {}),
        }
        refresh = {"sub": user.sub, "client_id": client.id, "origin_jti": origin, "scope": sitting.scope}
        is_openid = "openid" in sitting.scope.split()
        return Minted(
            await self._signed(client, "access", access, now, "AccessToken"),
            client.seconds("AccessToken"),
            await self._signed(client, "id", ident, now, "IdToken") if is_openid else None,
            await self._signed(client, "refresh", refresh, now, "RefreshToken") if refreshable else None,
        )

    async def for_client(self, client: AppClient, scope: str) -> Minted:
        now = int(self._clock.now())
        claims = {"sub": client.id, "client_id": client.id, "scope": scope, "auth_time": now, "version": 2}
        return Minted(await self._signed(client, "access", claims, now, "AccessToken"), client.seconds("AccessToken"))

    async def _groups(self, client: AppClient, user: User) -> dict[str, Any]:
        params = {"UserPoolId": client.pool.id, "Username": user.username}
        found = await self._engine.call("cognito-idp", "AdminListGroupsForUser", params, scope=client.pool.scope)
        names = [group["GroupName"] for group in found["Groups"]]
        return {"cognito:groups": names} if names else {}

    async def _signed(self, client: AppClient, use: str, claims: dict[str, Any], now: int, validity: str) -> str:
        pool = client.pool
        host = Headers([("Host", f"cognito-idp.{pool.scope.region}.amazonaws.com")])
        published = await self._engine.request(Request("GET", f"/{pool.id}/.well-known/jwks.json", headers=host))
        if published.status != 200:
            raise AwsError("InternalErrorException", f"User pool {pool.id} publishes no keys", 500)
        which = "id" if use == "id" else "access"
        pem = await asyncio.to_thread((self._folder / f"{pool.id}-{which}.pem").read_bytes)
        key = load_pem_private_key(pem, password=None)
        assert isinstance(key, RSAPrivateKey)
        numbers = {jwt.PyJWK(one).key.public_numbers(): one["kid"] for one in json.loads(published.body)["keys"]}
        whole = {
            **claims,
            "iss": f"https://cognito-idp.{pool.scope.region}.amazonaws.com/{pool.id}",
            "token_use": use,
            "iat": now,
            "exp": now + client.seconds(validity),
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(whole, key, algorithm="RS256", headers={"kid": numbers[key.public_key().public_numbers()]})


def unverified_claims(token: str) -> dict[str, Any]:
    """What a JWT says, before anything was verified; empty for what is no JWT."""
    try:
        return dict(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}
