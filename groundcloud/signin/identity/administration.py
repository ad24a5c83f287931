"""What administrators ask about identities, and how identities end.

https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.http import Response
from groundcloud.signin.desk import Call
from groundcloud.signin.errors import answer, invalid_parameter
from groundcloud.signin.identity import errors, limits, mappings
from groundcloud.signin.identity.logins import LoginVerifier
from groundcloud.signin.identity.pools import Pools
from groundcloud.signin.identity.store import IdentityStore, PooledIdentity


class Administration:
    def __init__(self, pools: Pools, store: IdentityStore, verifier: LoginVerifier) -> None:
        self._pools = pools
        self._store = store
        self._verifier = verifier

    async def describe(self, call: Call) -> Response:
        return answer(_described(await self._own(call, call.text("IdentityId"))))

    async def list_all(self, call: Call) -> Response:
        pool = await self._pools.owned(call.text("IdentityPoolId"), call.scope.account)
        wanted = call.data.get("MaxResults")
        if not isinstance(wanted, int) or not 1 <= wanted <= limits.MAX_LISTED:
            raise invalid_parameter(f"MaxResults is between 1 and {limits.MAX_LISTED}.")
        hide = call.data.get("HideDisabled") is True
        page = self._store.page(pool.id, call.text("NextToken"), wanted + 1, hide_disabled=hide)
        more = {"NextToken": page[wanted - 1].id} if len(page) > wanted else {}
        identities = [_described(identity) for identity in page[:wanted]]
        return answer({"IdentityPoolId": pool.id, "Identities": identities, **more})

    async def delete(self, call: Call) -> Response:
        """Identities of other accounts, and those that are gone, are left alone: deleting is idempotent."""
        wanted = call.data.get("IdentityIdsToDelete")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= limits.MAX_DELETED:
            raise invalid_parameter(f"IdentityIdsToDelete names between 1 and {limits.MAX_DELETED} identities.")
        for name in wanted:
            identity = self._store.find(str(name))
            if identity is not None and identity.account == call.scope.account:
                self._store.delete(identity.id)
        return answer({"UnprocessedIdentityIds": []})

    async def unlink(self, call: Call) -> Response:
        """A user takes logins away from their own identity, proving it with one that the identity has. Unsigned."""
        identity = self._store.find(call.text("IdentityId"))
        if identity is None:
            raise errors.identity_not_found(call.text("IdentityId"))
        pool = await self._pools.find(identity.pool)
        proven = await self._verifier.verify(pool, call.data.get("Logins"))
        if set(identity.logins).isdisjoint((login.provider, login.subject) for login in proven):
            raise errors.logins_differ()
        unwanted = call.data.get("LoginsToRemove")
        for provider in unwanted if isinstance(unwanted, list) else []:
            self._store.unlink(identity, str(provider))
        return answer({})

    async def set_roles(self, call: Call) -> Response | None:
        """Checked here, kept by the engine."""
        mappings.check(call.data.get("Roles"), call.data.get("RoleMappings"))
        return None

    async def get_roles(self, call: Call) -> Response:
        """As the engine's, with mappings that came by CloudFormation under their provider's name."""
        pool = await self._pools.owned(call.text("IdentityPoolId"), call.scope.account)
        mapped = {"RoleMappings": pool.mappings} if pool.mappings else {}
        return answer({"IdentityPoolId": pool.id, "Roles": pool.roles, **mapped})

    async def _own(self, call: Call, identity_id: str) -> PooledIdentity:
        identity = self._store.find(identity_id)
        if identity is None or identity.account != call.scope.account:
            raise errors.identity_not_found(identity_id)
        await self._pools.find(identity.pool)  # which may be gone, and its identities with it
        return identity


def _described(identity: PooledIdentity) -> dict[str, Any]:
    """Names of providers, never who somebody is there; an identity that was merged away is shown as disabled."""
    logins = ["DISABLED", identity.region] if identity.merged_into else identity.providers
    return {
        "IdentityId": identity.id,
        **({"Logins": logins} if logins else {}),
        "CreationDate": identity.created,
        "LastModifiedDate": identity.modified,
    }
