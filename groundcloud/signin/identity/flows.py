"""GetId, GetCredentialsForIdentity, GetOpenIdToken: what applications call, unsigned.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.ports import WebIdentity, WebIdentityRoles
from groundcloud.signin.desk import Call
from groundcloud.signin.errors import answer
from groundcloud.signin.identity import errors, limits
from groundcloud.signin.identity.guests import GUEST_POLICIES
from groundcloud.signin.identity.issuer import HOST, OpenIdIssuer
from groundcloud.signin.identity.logins import Login, LoginVerifier
from groundcloud.signin.identity.pools import IdentityPool, Pools
from groundcloud.signin.identity.roles import role_of
from groundcloud.signin.identity.store import IdentityStore, PooledIdentity
from groundcloud.signin.identity.tags import principal_tags
from groundcloud.signin.identity.tokens import TAGS_CLAIM

SESSION_NAME = "CognitoIdentityCredentials"


class CredentialFlows:
    def __init__(
        self,
        pools: Pools,
        store: IdentityStore,
        verifier: LoginVerifier,
        issuer: OpenIdIssuer,
        roles: WebIdentityRoles,
        clock: Clock,
    ) -> None:
        self._pools = pools
        self._store = store
        self._verifier = verifier
        self._issuer = issuer
        self._roles = roles
        self._clock = clock

    async def get_id(self, call: Call) -> Response:
        pool = await self._pools.find(call.text("IdentityPoolId"))
        logins = await self._verifier.verify(pool, call.data.get("Logins"))
        if not logins and not pool.allows_guests:
            raise errors.no_guests()
        identity = self._holder(pool, logins) or self._store.create(pool.id, pool.scope.region, pool.scope.account)
        return answer({"IdentityId": self._link(identity, logins).id})

    async def get_credentials(self, call: Call) -> Response:
        """The enhanced flow: Cognito chooses the role and assumes it."""
        pool, identity, logins = await self._caller(call)
        web = WebIdentity(
            HOST,
            identity.id,
            pool.id,
            {f"{HOST}:aud": (pool.id,), f"{HOST}:sub": (identity.id,), f"{HOST}:amr": _methods(logins)},
            await self._tags(pool, logins),
        )
        role = _role(pool, logins, call.text("CustomRoleArn"))
        policies = () if logins else GUEST_POLICIES
        try:
            session = await self._roles.assume(role, SESSION_NAME, web, limits.CREDENTIALS_SECONDS, policies)
        except AwsError as error:
            if error.code != "AccessDenied":
                raise
            raise errors.no_such_role() from error
        keys = session["Credentials"]
        credentials = {
            "AccessKeyId": keys["AccessKeyId"],
            "SecretKey": keys["SecretAccessKey"],
            "SessionToken": keys["SessionToken"],
            "Expiration": keys["Expiration"].timestamp(),
        }
        return answer({"IdentityId": identity.id, "Credentials": credentials})

    async def get_token(self, call: Call) -> Response:
        """The basic flow: a token for STS, where the application names the role itself."""
        pool, identity, logins = await self._caller(call)
        if not pool.settings.get("AllowClassicFlow"):
            raise errors.classic_flow_is_off()
        if pool.mappings:
            raise errors.classic_flow_with_mappings()
        token = await self.token(
            pool, identity, _methods(logins), await self._tags(pool, logins), limits.OPENID_TOKEN_SECONDS
        )
        return answer({"IdentityId": identity.id, "Token": token})

    async def token(
        self, pool: IdentityPool, identity: PooledIdentity, methods: tuple[str, ...], tags: dict[str, str], seconds: int
    ) -> str:
        now = int(self._clock.now())
        claims: dict[str, Any] = {
            "sub": identity.id,
            "aud": pool.id,
            "amr": list(methods),
            "iat": now,
            "exp": now + seconds,
            "https://cognito-identity.amazonaws.com/identity-pool-arn": pool.arn,
        }
        if tags:
            claims[TAGS_CLAIM] = {"principal_tags": {name: [value] for name, value in tags.items()}}
        return await self._issuer.sign(claims)

    async def _caller(self, call: Call) -> tuple[IdentityPool, PooledIdentity, list[Login]]:
        """Who asks, proven: an identity with logins shows one of its own, one without is a guest."""
        identity = self._store.find(call.text("IdentityId"))
        if identity is None:
            raise errors.identity_not_found(call.text("IdentityId"))
        pool = await self._pools.find(identity.pool)
        logins = await self._verifier.verify(pool, call.data.get("Logins"))
        if not logins:
            if identity.logins or identity.merged_into:
                raise errors.forbidden(identity.id)
            if not pool.allows_guests:
                raise errors.no_guests()
            return pool, identity, []
        return pool, self._proven(identity, logins), logins

    def _proven(self, identity: PooledIdentity, logins: list[Login]) -> PooledIdentity:
        """The identity that these logins may act as when they ask for `identity`."""
        named = [login.identity_id for login in logins if login.identity_id]
        if identity.merged_into:
            owner = self._owner(identity.pool, logins)
            if owner is None or owner.id != identity.merged_into:
                raise errors.logins_differ()
            return owner
        own = set(identity.logins)
        if named and identity.id not in named:
            raise errors.logins_differ()
        if identity.logins and not named and own.isdisjoint((login.provider, login.subject) for login in logins):
            raise errors.logins_differ()
        if not identity.logins and (owner := self._owner(identity.pool, logins)) is not None:
            # The guest turns out to be somebody who is known: the guest's identity gives way.
            self._store.merge(identity, owner)
            identity = owner
        return self._link(identity, logins)

    def _holder(self, pool: IdentityPool, logins: list[Login]) -> PooledIdentity | None:
        named = next((login.identity_id for login in logins if login.identity_id), "")
        return self._store.find(named) if named else self._owner(pool.id, logins)

    def _owner(self, pool_id: str, logins: list[Login]) -> PooledIdentity | None:
        owners = (self._store.owner(pool_id, login.provider, login.subject) for login in logins)
        return next((owner for owner in owners if owner is not None), None)

    def _link(self, identity: PooledIdentity, logins: list[Login]) -> PooledIdentity:
        """Give the identity what is new among `logins`; another that held one of them is merged into it."""
        for login in logins:
            if login.identity_id or (login.provider, login.subject) in identity.logins:
                continue
            other = self._store.owner(identity.pool, login.provider, login.subject)
            if other is None:
                self._store.link(identity, {login.provider: login.subject})
            elif other.id != identity.id:
                self._store.merge(other, identity)
        return identity

    async def _tags(self, pool: IdentityPool, logins: list[Login]) -> dict[str, str]:
        tags: dict[str, str] = {}
        for login in logins:
            if login.identity_id:
                carried = (login.claims.get(TAGS_CLAIM) or {}).get("principal_tags") or {}
                tags.update({name: str(values[0]) for name, values in carried.items() if values})
            else:
                tags.update(principal_tags(await self._pools.tag_map(pool, login.provider), login.claims))
        return tags


def _methods(logins: list[Login]) -> tuple[str, ...]:
    """The `amr` claim: what kind of identity, and by which providers it signed in."""
    if not logins:
        return ("unauthenticated",)
    return ("authenticated", *(method for login in logins for method in login.methods))


def _role(pool: IdentityPool, logins: list[Login], custom_role: str) -> str:
    if not logins:
        role = pool.roles.get("unauthenticated")
        if not role:
            raise errors.no_such_role()
        return role
    login = logins[0]
    mapping = pool.mappings.get(login.mapping_key)
    return role_of(mapping, login.claims, custom_role, pool.roles.get("authenticated"))
