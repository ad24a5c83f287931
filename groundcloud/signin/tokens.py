"""Tokens: issued, refreshed, verified and revoked. The hosted pages and the API issue theirs here alike.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.ports import Engine
from groundcloud.signin import claims, errors, limits
from groundcloud.signin.claims import API_SCOPE, GroupClaims, Overrides, Sitting
from groundcloud.signin.directory import Client, Directory, Pool, User
from groundcloud.signin.keys import ACCESS, ID, SigningKeys
from groundcloud.signin.token_store import Kept, TokenStore, digest
from groundcloud.signin.triggers import Triggers, metadata, user_attributes
from groundcloud.signin.unverified import pool_id_of_token, unverified_claims

SIGN_IN = "TokenGeneration_Authentication"
NEW_PASSWORD = "TokenGeneration_NewPasswordChallenge"
REFRESH = "TokenGeneration_RefreshTokens"
HOSTED = "TokenGeneration_HostedAuth"

Result = dict[str, Any]
"""`AuthenticationResult`, as InitiateAuth answers it."""


@dataclass(frozen=True)
class SignedIn:
    """Whose access token it is."""

    pool: Pool
    user: User
    client_id: str
    origin: str
    scopes: frozenset[str]


class Tokens:
    def __init__(
        self,
        engine: Engine,
        engine_state: Path,
        store: TokenStore,
        directory: Directory,
        triggers: Triggers,
        clock: Clock,
    ) -> None:
        self._keys = SigningKeys(engine, engine_state)
        self._store = store
        self._directory = directory
        self._triggers = triggers
        self._clock = clock

    async def published_keys(self, pool: Pool) -> Response:
        """The pool's JWKS, by which others verify its tokens. Raises `AwsError`."""
        return await self._keys.published(pool)

    def clear(self) -> None:
        """Forget the keys that pools signed with."""
        self._keys.clear()

    async def issue(
        self,
        pool: Pool,
        client: Client,
        user: User,
        source: str = SIGN_IN,
        client_metadata: object = None,
        scope: str = API_SCOPE,
        nonce: str = "",
    ) -> Result:
        """All three tokens of a new sign-in. `source` is the pre token generation event's, `scope` the granted scopes,
        parted by blanks. Raises what the function raises."""
        sitting = Sitting(int(self._clock.now()), str(uuid.uuid4()), str(uuid.uuid4()), scope, nonce)
        result = await self._minted(pool, client, user, sitting, source, client_metadata)
        result["RefreshToken"] = self._keep(pool, client, user, sitting)
        return result

    async def grant(
        self,
        pool: Pool,
        client: Client,
        user: User,
        scope: str,
        *,
        nonce: str = "",
        auth_time: int = 0,
        refreshable: bool = True,
    ) -> Result:
        """The tokens of an OAuth grant of the hosted pages: no id token without the scope ``openid``, no refresh token
        in the implicit grant. `auth_time` is when the browser signed in, epoch seconds, 0 for now."""
        now = auth_time or int(self._clock.now())
        sitting = Sitting(now, str(uuid.uuid4()), str(uuid.uuid4()), scope, nonce)
        result = await self._minted(pool, client, user, sitting, HOSTED, None)
        if "openid" not in scope.split():
            result.pop("IdToken", None)
        if refreshable:
            result["RefreshToken"] = self._keep(pool, client, user, sitting)
        return result

    async def passing(self, pool: Pool, client: Client, user: User, scope: str) -> Result:
        """Id and access token as of a new sign-in with these scopes, and no refresh token: nothing of it is kept. No id
        token for OAuth scopes without ``openid``."""
        sitting = Sitting(int(self._clock.now()), str(uuid.uuid4()), str(uuid.uuid4()), scope)
        return await self._minted(pool, client, user, sitting, SIGN_IN if scope == API_SCOPE else HOSTED, None)

    async def for_client(self, pool: Pool, client: Client, scope: str) -> Result:
        """The access token of the client credentials grant.

        https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
        """
        now = int(self._clock.now())
        said = claims.client_claims(pool, client, scope, now)
        keys = await self._keys.of(pool)
        token = keys[ACCESS].signed(claims.stamped(said, client, "AccessToken", now, str(uuid.uuid4())))
        return {"AccessToken": token, "ExpiresIn": claims.validity(client, "AccessToken"), "TokenType": "Bearer"}

    async def refresh(self, pool: Pool, client: Client, token: str, client_metadata: object = None) -> Result:
        """New id and access tokens for a refresh token; where the client rotates, a new refresh token too.
        Raises `NotAuthorizedException`, `RefreshTokenReuseException`."""
        kept = self._good(pool, client, token)
        user = await self._directory.user(pool, kept.username)
        if user is None or user.sub != kept.subject:
            raise errors.not_authorized("The user has been deleted for the associated refresh token")
        if not user.enabled:
            raise errors.not_authorized("User is disabled.")
        sitting = Sitting(kept.auth_time, kept.origin, kept.event, kept.scope)
        result = await self._minted(pool, client, user, sitting, REFRESH, client_metadata)
        if client.rotation is not None and client.rotates:
            self._store.end(kept, self._clock.now() + client.rotation[1])
            result["RefreshToken"] = self._keep(pool, client, user, sitting, kept.expires)
        return result

    async def signed_in(self, token: str, scope: str = API_SCOPE) -> SignedIn:
        """Whose access token this is. Raises `NotAuthorizedException` for one that AWS would not take, with `scope`
        when it was not granted that."""
        place = await self._directory.place_of_pool(pool_id_of_token(token))
        if place is None:
            raise errors.not_authorized("Invalid Access Token")
        pool = await self._directory.pool(place)
        said = await self._verified(pool, token)
        user = await self._directory.user(pool, str(said.get("username") or ""))
        if user is None or user.sub != said.get("sub"):
            raise AwsError("UserNotFoundException", "User does not exist.")
        if not user.enabled:
            raise errors.not_authorized("User is disabled.")
        scopes = frozenset(str(said.get("scope") or "").split())
        if scope not in scopes:
            raise errors.not_authorized("Access Token does not have required scopes")
        return SignedIn(pool, user, str(said.get("client_id") or ""), str(said.get("origin_jti") or ""), scopes)

    def revoke(self, client: Client, token: str) -> None:
        """RevokeToken: the refresh token and all that came of its sign-in. An unknown token is no error (RFC 7009)."""
        kept = self._store.find(token)
        if kept is None:
            if unverified_claims(token):
                raise AwsError("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
            return
        if kept.client != client.id:
            raise AwsError("UnauthorizedException", "Token was not issued to the client.")
        self._store.revoke(kept.origin)

    def sign_out(self, pool: Pool, user: User, origin: str = "") -> None:
        """Every session of a user ends; with `origin`, that of the token that asks for it, too."""
        self._store.revoke_all(pool.id, user.sub)
        if origin:
            self._store.revoke(origin)

    def is_revoked(self, origin: str) -> bool:
        """Whether the sign-in of this ``origin_jti`` was revoked or signed out."""
        return self._store.is_revoked(origin)

    def knows_refresh(self, token: str) -> Kept | None:
        return self._store.find(token)

    def _keep(self, pool: Pool, client: Client, user: User, sitting: Sitting, expires: float = 0.0) -> str:
        token = secrets.token_urlsafe(limits.REFRESH_TOKEN_BYTES)
        expires = expires or self._clock.now() + claims.validity(client, "RefreshToken")
        self._store.add(
            Kept(
                digest(token),
                pool.id,
                client.id,
                user.sub,
                user.username,
                sitting.origin,
                sitting.auth_time,
                sitting.scope,
                expires,
                expires,
                sitting.event,
            )
        )
        return token

    def _good(self, pool: Pool, client: Client, token: str) -> Kept:
        kept = self._store.find(token)
        if kept is None or kept.pool != pool.id:
            raise errors.not_authorized("Invalid Refresh Token")
        if kept.client != client.id:
            raise errors.not_authorized("Refresh Token has different Client")
        if self._store.is_revoked(kept.origin):
            raise errors.not_authorized("Refresh Token has been revoked")
        now = self._clock.now()
        if kept.expires <= now:
            raise errors.not_authorized("Refresh Token has expired")
        if kept.ends <= now:
            raise AwsError("RefreshTokenReuseException", "Refresh token has been invalidated by rotation")
        return kept

    async def _verified(self, pool: Pool, token: str) -> dict[str, Any]:
        import jwt

        said = unverified_claims(token)
        if said.get("token_use") != "access":
            raise errors.not_authorized("Invalid Access Token")
        keys = await self._keys.of(pool)
        try:
            # Times are judged by our own clock, below.
            said = jwt.decode(
                token,
                keys[ACCESS].private.public_key(),
                algorithms=["RS256"],
                issuer=pool.issuer,
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
            )
        except jwt.PyJWTError as error:
            raise errors.not_authorized("Could not verify signature for Access Token") from error
        if not isinstance(said.get("exp"), int | float) or said["exp"] <= self._clock.now():
            raise errors.not_authorized("Access Token has expired")
        if self._store.is_revoked(str(said.get("origin_jti") or "")):
            raise errors.not_authorized("Access Token has been revoked")
        return said

    async def _minted(
        self, pool: Pool, client: Client, user: User, sitting: Sitting, source: str, client_metadata: object
    ) -> Result:
        groups = claims.group_claims(await self._directory.groups(pool, user))
        groups, for_id, for_access = await self._customized(
            pool, client, user, groups, sitting, source, client_metadata
        )
        wants_id = sitting.scope == API_SCOPE or "openid" in sitting.scope.split()
        sitting = claims.with_scope(sitting, for_access.scopes(sitting.scope))
        now, keys = int(self._clock.now()), await self._keys.of(pool)
        access = for_access.applied(claims.access_claims(pool, client, user, groups, sitting))
        identity = for_id.applied(claims.id_claims(pool, client, user, groups, sitting))
        result: Result = {
            "AccessToken": keys[ACCESS].signed(claims.stamped(access, client, "AccessToken", now, str(uuid.uuid4()))),
            "ExpiresIn": claims.validity(client, "AccessToken"),
            "TokenType": "Bearer",
        }
        if wants_id:
            result["IdToken"] = keys[ID].signed(claims.stamped(identity, client, "IdToken", now, str(uuid.uuid4())))
        return result

    async def _customized(
        self,
        pool: Pool,
        client: Client,
        user: User,
        groups: GroupClaims,
        sitting: Sitting,
        source: str,
        client_metadata: object,
    ) -> tuple[GroupClaims, Overrides, Overrides]:
        """The pool's pre token generation function, called once for both tokens.

        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
        """
        version = _trigger_version(pool)
        request: dict[str, Any] = {
            "userAttributes": user_attributes(user),
            "groupConfiguration": {
                "groupsToOverride": list(groups.groups),
                "iamRolesToOverride": list(groups.roles),
                "preferredRole": groups.preferred or None,
            },
            **metadata(client_metadata),
        }
        if version != "1":
            request["scopes"] = sitting.scope.split()
        member = "claimsOverrideDetails" if version == "1" else "claimsAndScopeOverrideDetails"
        answer = await self._triggers.call(
            pool, "PreTokenGeneration", source, user.username, client.id, request, {member: None}, version
        )
        details = answer.get(member)
        if not isinstance(details, dict):
            return groups, Overrides(), Overrides()
        groups = groups.overridden(details.get("groupOverrideDetails"))
        if version == "1":
            return groups, Overrides.read(details), Overrides()
        for_access = Overrides.read(details.get("accessTokenGeneration"))
        return groups, Overrides.read(details.get("idTokenGeneration")), for_access


def _trigger_version(pool: Pool) -> str:
    config = (pool.settings.get("LambdaConfig") or {}).get("PreTokenGenerationConfig") or {}
    return str(config.get("LambdaVersion") or "V1_0")[1] if config.get("LambdaArn") else "1"
