"""Identity pools as the control plane has them: settings, roles, tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from groundcloud.ports import Scope, Scopes
from groundcloud.signin.desk import SigninEngine
from groundcloud.signin.identity import errors

_SERVICE = "cognito-identity"
_TARGET = "AWSCognitoIdentityService"


@dataclass(frozen=True)
class IdentityPool:
    """`settings` as DescribeIdentityPool gives them, `roles` by ``authenticated`` and ``unauthenticated``, `mappings`
    by identity provider."""

    id: str
    scope: Scope
    settings: Mapping[str, Any]
    roles: Mapping[str, str]
    mappings: Mapping[str, Mapping[str, Any]]

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-identity:{self.scope.region}:{self.scope.account}:identitypool/{self.id}"

    @property
    def allows_guests(self) -> bool:
        return bool(self.settings.get("AllowUnauthenticatedIdentities"))

    @property
    def developer_provider(self) -> str:
        return str(self.settings.get("DeveloperProviderName") or "")

    def user_pool_client(self, provider: str, client_id: str) -> Mapping[str, Any] | None:
        """The setting for a client of a user pool (``{"ProviderName", "ClientId", "ServerSideTokenCheck"}``)."""
        for one in self.settings.get("CognitoIdentityProviders") or []:
            if one.get("ProviderName") == provider and one.get("ClientId") == client_id:
                return dict(one)
        return None

    def names_user_pool(self, provider: str) -> bool:
        clients = self.settings.get("CognitoIdentityProviders") or []
        return any(one.get("ProviderName") == provider for one in clients)

    def open_id_arn(self, provider: str) -> str:
        """The ARN of the OpenID Connect provider of this name, or ""."""
        arns = self.settings.get("OpenIdConnectProviderARNs") or []
        return next((arn for arn in arns if arn.partition("oidc-provider/")[2] == provider), "")

    def names_other(self, provider: str) -> bool:
        """Whether it is one of the social and SAML providers."""
        return provider in (self.settings.get("SupportedLoginProviders") or {}) or provider in (
            self.settings.get("SamlProviderARNs") or []
        )


class Pools:
    """Finds pools by id, in every account."""

    def __init__(self, engine: SigninEngine, scopes: Scopes) -> None:
        self._engine = engine
        self._scopes = scopes
        self._accounts: dict[str, str] = {}

    def clear(self) -> None:
        """Forget whose which pool was."""
        self._accounts.clear()

    async def find(self, pool_id: str) -> IdentityPool:
        """The pool as it is at this moment. Raises `AwsError` (ResourceNotFoundException)."""
        region = pool_id.partition(":")[0]
        known = self._accounts.get(pool_id)
        accounts = [known] if known else [scope.account for scope in self._scopes.known() if scope.region == region]
        for account in dict.fromkeys(accounts):
            scope = Scope(account, region)
            settings = await self._settings(pool_id, scope)
            if settings is not None:
                self._accounts[pool_id] = account
                return await self._pool(pool_id, scope, settings)
        raise errors.pool_not_found(pool_id)

    async def owned(self, pool_id: str, account: str) -> IdentityPool:
        """The same, of one account only."""
        pool = await self.find(pool_id)
        if pool.scope.account != account:
            raise errors.pool_not_found(pool_id)
        return pool

    async def tag_map(self, pool: IdentityPool, provider: str) -> Mapping[str, Any] | None:
        """What SetPrincipalTagAttributeMap set for a provider, None when nothing was."""
        params = {"IdentityPoolId": pool.id, "IdentityProviderName": provider}
        try:
            return dict(await self._engine.call(_SERVICE, "GetPrincipalTagAttributeMap", params, scope=pool.scope))
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise

    async def _settings(self, pool_id: str, scope: Scope) -> dict[str, Any] | None:
        try:
            return dict(
                await self._engine.call(_SERVICE, "DescribeIdentityPool", {"IdentityPoolId": pool_id}, scope=scope)
            )
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise

    async def _pool(self, pool_id: str, scope: Scope, settings: dict[str, Any]) -> IdentityPool:
        """Its roles are read as they are on the wire: what CloudFormation wrote there is more than the model knows."""
        headers = Headers(
            [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", f"{_TARGET}.GetIdentityPoolRoles")]
        )
        request = Request("POST", "/", "", headers, json.dumps({"IdentityPoolId": pool_id}).encode())
        answer = await self._engine.request_as_admin(request, _SERVICE, scope)
        found = json.loads(answer.body)
        return IdentityPool(
            pool_id, scope, settings, found.get("Roles") or {}, _by_provider(found.get("RoleMappings") or {})
        )


def _by_provider(mappings: Mapping[str, Any]) -> dict[str, Any]:
    """Role mappings by identity provider. CloudFormation's have any key and name their provider within
    (AWSCloudFormation/latest/TemplateReference/aws-properties-cognito-identitypoolroleattachment-rolemapping.html)."""
    named: dict[str, Any] = {}
    for key, mapping in mappings.items():
        rest = dict(mapping)
        named[str(rest.pop("IdentityProvider", "") or key)] = rest
    return named
