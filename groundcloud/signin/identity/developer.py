"""Developers' own users: a server that signed somebody in asks for a token in that user's name.

https://docs.aws.amazon.com/cognito/latest/developerguide/developer-authenticated-identities.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin.desk import Call
from groundcloud.signin.errors import answer, invalid_parameter
from groundcloud.signin.identity import errors, limits
from groundcloud.signin.identity.flows import CredentialFlows
from groundcloud.signin.identity.logins import LoginVerifier
from groundcloud.signin.identity.pools import IdentityPool, Pools
from groundcloud.signin.identity.store import IdentityStore, PooledIdentity


class DeveloperFlows:
    def __init__(self, pools: Pools, store: IdentityStore, verifier: LoginVerifier, flows: CredentialFlows) -> None:
        self._pools = pools
        self._store = store
        self._verifier = verifier
        self._flows = flows

    async def get_token(self, call: Call) -> Response:
        pool = await self._pools.owned(call.text("IdentityPoolId"), call.scope.account)
        logins = call.data.get("Logins")
        user = logins.get(pool.developer_provider) if isinstance(logins, dict) else None
        if not isinstance(logins, dict) or not pool.developer_provider or not isinstance(user, str) or not user:
            raise invalid_parameter("Please include the developer provider of this identity pool in Logins.")
        others = {name: token for name, token in logins.items() if name != pool.developer_provider}
        proven = await self._verifier.verify(pool, others)
        identity = self._identity(pool, call.text("IdentityId"), user)
        self._store.link(identity, {login.provider: login.subject for login in proven})
        methods = ("authenticated", pool.developer_provider, f"{pool.developer_provider}:{pool.id}:{user}")
        more = tuple(method for login in proven for method in login.methods)
        tags = {str(name): str(value) for name, value in (call.data.get("PrincipalTags") or {}).items()}
        token = await self._flows.token(pool, identity, (*methods, *more), tags, _seconds(call))
        return answer({"IdentityId": identity.id, "Token": token})

    async def look_up(self, call: Call) -> Response:
        """The developer's users of an identity, or the identity of one of them."""
        pool = await self._pools.owned(call.text("IdentityPoolId"), call.scope.account)
        wanted, user = call.text("IdentityId"), call.text("DeveloperUserIdentifier")
        if not wanted and not user:
            raise invalid_parameter("Either IdentityId or DeveloperUserIdentifier is needed.")
        identity = self._store.find(wanted) if wanted else self._store.owner(pool.id, pool.developer_provider, user)
        users = _users(pool, identity)
        if identity is None or identity.pool != pool.id or (user and user not in users):
            raise errors.identity_not_found(wanted or user)
        return answer({"IdentityId": identity.id, "DeveloperUserIdentifierList": users})

    async def merge(self, call: Call) -> Response:
        """The source's identity gives way to the destination's."""
        pool = await self._pools.owned(call.text("IdentityPoolId"), call.scope.account)
        self._check_provider(pool, call)
        source = self._of_user(pool, call.text("SourceUserIdentifier"))
        destination = self._of_user(pool, call.text("DestinationUserIdentifier"))
        if source.id != destination.id:
            self._store.merge(source, destination)
        return answer({"IdentityId": destination.id})

    async def unlink(self, call: Call) -> Response:
        pool = await self._pools.owned(call.text("IdentityPoolId"), call.scope.account)
        self._check_provider(pool, call)
        identity = self._of_user(pool, call.text("DeveloperUserIdentifier"))
        if identity.id != call.text("IdentityId"):
            raise errors.identity_not_found(call.text("IdentityId"))
        self._store.unlink(identity, pool.developer_provider, call.text("DeveloperUserIdentifier"))
        return answer({})

    def _identity(self, pool: IdentityPool, wanted: str, user: str) -> PooledIdentity:
        """The user's identity: the one it has, the one asked for, or a new one."""
        owner = self._store.owner(pool.id, pool.developer_provider, user)
        if not wanted:
            identity = owner or self._store.create(pool.id, pool.scope.region, pool.scope.account)
        else:
            found = self._store.find(wanted)
            if found is None or found.pool != pool.id:
                raise errors.identity_not_found(wanted)
            if owner is not None and owner.id != found.id:
                message = "The developer user identifier is registered with another identity."
                raise AwsError("DeveloperUserAlreadyRegisteredException", message)
            identity = found
        self._store.link(identity, {pool.developer_provider: user})
        return identity

    def _of_user(self, pool: IdentityPool, user: str) -> PooledIdentity:
        identity = self._store.owner(pool.id, pool.developer_provider, user)
        if identity is None:
            raise errors.identity_not_found(user)
        return identity

    def _check_provider(self, pool: IdentityPool, call: Call) -> None:
        if not pool.developer_provider or call.text("DeveloperProviderName") != pool.developer_provider:
            raise invalid_parameter("DeveloperProviderName is not the developer provider of this identity pool.")


def _users(pool: IdentityPool, identity: PooledIdentity | None) -> list[str]:
    logins = identity.logins if identity else ()
    return [subject for provider, subject in logins if provider == pool.developer_provider]


def _seconds(call: Call) -> int:
    asked = call.data.get("TokenDuration")
    if asked is None:
        return limits.DEVELOPER_TOKEN_SECONDS
    if not isinstance(asked, int) or not 1 <= asked <= limits.MAX_DEVELOPER_TOKEN_SECONDS:
        raise invalid_parameter(f"TokenDuration is between 1 and {limits.MAX_DEVELOPER_TOKEN_SECONDS} seconds.")
    return asked
