"""App clients, and the pools and domains they belong to, read through Cognito's admin API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope, Scopes
from groundcloud.signin.directory import Directory, Pool

_SERVICE = "cognito-idp"
_POOL_HOST = re.compile(r"([a-z0-9-]+)\.auth\.([a-z0-9-]+)\.(?:amazoncognito\.com|localhost)")
_UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
CLIENT_CREDENTIALS, CODE, IMPLICIT = "client_credentials", "code", "implicit"
API_SCOPE = "aws.cognito.signin.user.admin"
"""The scope of sign-ins by API."""


@dataclass(frozen=True)
class AppClient:
    """An app client; `settings` as DescribeUserPoolClient gives them."""

    pool: Pool
    settings: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.settings["ClientId"])

    @property
    def name(self) -> str:
        return str(self.settings.get("ClientName") or "")

    @property
    def secret(self) -> str:
        return str(self.settings.get("ClientSecret") or "")

    @property
    def scopes(self) -> list[str]:
        return self.names("AllowedOAuthScopes")

    def names(self, setting: str) -> list[str]:
        """A setting that is a list of names, empty when unset."""
        return list(self.settings.get(setting) or [])

    def may(self, flow: str) -> bool:
        """Whether the client may use an OAuth flow: ``code``, ``implicit``, ``client_credentials``."""
        return bool(self.settings.get("AllowedOAuthFlowsUserPoolClient")) and flow in self.names("AllowedOAuthFlows")

    @property
    def password_flow(self) -> bool:
        """Whether its ExplicitAuthFlows let a password be sent."""
        return bool({"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"} & set(self.names("ExplicitAuthFlows")))

    @property
    def srp_flow(self) -> bool:
        return "ALLOW_USER_SRP_AUTH" in self.names("ExplicitAuthFlows")

    @property
    def may_revoke(self) -> bool:
        return bool(self.settings.get("EnableTokenRevocation", True))

    def seconds(self, token: str) -> int:
        """How long its tokens are good: ``AccessToken`` and ``IdToken`` an hour, ``RefreshToken`` 30 days if unset."""
        value, unit = (30, "days") if token == "RefreshToken" else (1, "hours")
        given = self.settings.get(f"{token}Validity")
        if given:
            value, unit = int(given), (self.settings.get("TokenValidityUnits") or {}).get(token) or unit
        return value * _UNIT_SECONDS[unit]


class Registry:
    """Finds app clients by id, and pools by the host their domain is."""

    def __init__(self, aws: AwsCaller, directory: Directory, scopes: Scopes) -> None:
        self._aws = aws
        self._directory = directory
        self._scopes = scopes
        self._by_domain: dict[str, Scope] = {}

    async def client(self, client_id: str, pool: Pool | None = None) -> AppClient | None:
        """The app client, of `pool` if one is given; None when there is none (any more)."""
        place = await self._directory.place_of_client(client_id)
        if place is None or (pool is not None and place[1] != pool.id):
            return None
        try:
            found = pool or await self._directory.pool(place)
            params = {"UserPoolId": found.id, "ClientId": client_id}
            described = await self._aws.call(_SERVICE, "DescribeUserPoolClient", params, scope=found.scope)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        return AppClient(found, described["UserPoolClient"])

    async def pool_of_host(self, hostname: str) -> Pool | None:
        """The pool whose pages are served under this host name."""
        found = _POOL_HOST.fullmatch(hostname)
        if found is None:
            return None
        domain, region = found.groups()
        known = self._by_domain.get(hostname)
        for scope in [known] if known else []:
            if pool := await self._pool_of_domain(domain, scope):
                return pool
        for scope in self._scopes.known():
            if scope.region == region and (pool := await self._pool_of_domain(domain, scope)):
                self._by_domain[hostname] = scope
                return pool
        return None

    async def _pool_of_domain(self, domain: str, scope: Scope) -> Pool | None:
        described = await self._aws.call(_SERVICE, "DescribeUserPoolDomain", {"Domain": domain}, scope=scope)
        pool_id = (described.get("DomainDescription") or {}).get("UserPoolId")
        return await self._directory.pool((scope, pool_id)) if pool_id else None


def is_pool_host(hostname: str) -> bool:
    return _POOL_HOST.fullmatch(hostname) is not None


def domain_of(pool: Pool) -> str | None:
    """The pool's domain as AWS's host name, or None without a domain."""
    custom, prefix = pool.settings.get("CustomDomain"), pool.settings.get("Domain")
    if prefix:
        return f"{prefix}.auth.{pool.scope.region}.amazoncognito.com"
    return str(custom) if custom else None
