"""The entry of the identity pools: which operations of ``cognito-identity`` are ours.

Pools, their roles and their tag maps are the engine's; identities, logins, tokens and credentials are ours.
"""

from __future__ import annotations

import json
from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import Scope, Scopes, TokenKeys, WebIdentityRoles
from groundcloud.signin.desk import Call, Operation, SigninEngine
from groundcloud.signin.errors import error_response, invalid_parameter
from groundcloud.signin.identity.administration import Administration
from groundcloud.signin.identity.developer import DeveloperFlows
from groundcloud.signin.identity.flows import CredentialFlows
from groundcloud.signin.identity.issuer import OpenIdIssuer
from groundcloud.signin.identity.logins import LoginVerifier
from groundcloud.signin.identity.pools import Pools
from groundcloud.signin.identity.sessions import Sessions
from groundcloud.signin.identity.store import IdentityStore
from groundcloud.signin.identity.tokens import Verifier
from groundcloud.signin.identity.webtokens import WebTokens


class IdentityPools:
    """Answers what needs more than the engine does; `web_tokens` verifies tokens for STS."""

    def __init__(
        self,
        engine: SigninEngine,
        scopes: Scopes,
        keys: TokenKeys,
        roles: WebIdentityRoles,
        store_path: Path,
        clock: Clock,
        region: str,
        sessions: Sessions,
    ) -> None:
        self._store = store = IdentityStore(store_path, clock)
        self._pools = pools = Pools(engine, scopes)
        issuer = OpenIdIssuer(store)
        verifier = Verifier(keys, issuer)
        logins = LoginVerifier(engine, verifier, sessions, clock)
        self.web_tokens = WebTokens(engine, verifier, clock, region)
        flows = CredentialFlows(pools, store, logins, issuer, roles, clock)
        developer, administration = DeveloperFlows(pools, store, logins, flows), Administration(pools, store, logins)
        self._operations: dict[str, Operation] = {
            "GetId": flows.get_id,
            "GetCredentialsForIdentity": flows.get_credentials,
            "GetOpenIdToken": flows.get_token,
            "GetOpenIdTokenForDeveloperIdentity": developer.get_token,
            "LookupDeveloperIdentity": developer.look_up,
            "MergeDeveloperIdentities": developer.merge,
            "UnlinkDeveloperIdentity": developer.unlink,
            "DescribeIdentity": administration.describe,
            "ListIdentities": administration.list_all,
            "DeleteIdentities": administration.delete,
            "UnlinkIdentity": administration.unlink,
            "GetIdentityPoolRoles": administration.get_roles,
            "SetIdentityPoolRoles": administration.set_roles,
        }

    def close(self) -> None:
        self._store.close()

    async def reset(self) -> None:
        self._store.clear()
        self._pools.clear()

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """The answer to one request that may be made, or None for what is the engine's."""
        flow = self._operations.get(operation.rpartition(".")[2])
        if flow is None:
            return None
        try:
            return await flow(_call(operation, request, scope))
        except AwsError as error:
            return error_response(error)


def _call(operation: str, request: Request, scope: Scope) -> Call:
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        raise AwsError("SerializationException", "The body is no JSON") from None
    if not isinstance(data, dict):
        raise invalid_parameter("The parameters are no JSON object.")
    return Call(operation, request, data, scope)
