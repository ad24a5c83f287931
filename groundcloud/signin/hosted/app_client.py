"""App clients, and the pools and domains they belong to, read through Cognito's admin API."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundcloud.errors import AwsError
from groundcloud.ports import Scope, Scopes
from groundcloud.signin.directory import Client, Directory, Pool

_POOL_HOST = re.compile(r"([a-z0-9-]+)\.auth\.([a-z0-9-]+)\.(?:amazoncognito\.com|localhost)")
CLIENT_CREDENTIALS, CODE, IMPLICIT = "client_credentials", "code", "implicit"


@dataclass(frozen=True)
class AppClient:
    """An app client, with the pool it belongs to."""

    pool: Pool
    client: Client

    @property
    def id(self) -> str:
        return self.client.id

    @property
    def name(self) -> str:
        return str(self.client.settings.get("ClientName") or "")

    @property
    def secret(self) -> str:
        return self.client.secret

    @property
    def scopes(self) -> list[str]:
        return self.names("AllowedOAuthScopes")

    @property
    def default_redirect(self) -> str:
        return str(self.client.settings.get("DefaultRedirectURI") or "")

    def names(self, setting: str) -> list[str]:
        """A setting that is a list of names, empty when unset."""
        return list(self.client.settings.get(setting) or [])

    def may(self, flow: str) -> bool:
        """Whether the client may use an OAuth flow: ``code``, ``implicit``, ``client_credentials``."""
        allowed = bool(self.client.settings.get("AllowedOAuthFlowsUserPoolClient"))
        return allowed and flow in self.names("AllowedOAuthFlows")


class Registry:
    """Finds app clients by id, and pools by the host their domain is."""

    def __init__(self, directory: Directory, scopes: Scopes) -> None:
        self._directory = directory
        self._scopes = scopes
        self._by_domain: dict[str, Scope] = {}

    def clear(self) -> None:
        """Forget every domain that was found."""
        self._by_domain.clear()

    async def client(self, client_id: str, pool: Pool | None = None) -> AppClient | None:
        """The app client, of `pool` if one is given; None when there is none (any more)."""
        place = await self._directory.place_of_client(client_id)
        if place is None or (pool is not None and place[1] != pool.id):
            return None
        try:
            found = pool or await self._directory.pool(place)
            return AppClient(found, await self._directory.client(found, client_id))
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise

    async def pool_of_host(self, hostname: str) -> Pool | None:
        """The pool whose pages are served under this host name."""
        found = _POOL_HOST.fullmatch(hostname)
        if found is None:
            return None
        domain, region = found.groups()
        known = self._by_domain.get(hostname)
        if known and (pool := await self._pool_of_domain(domain, known)):
            return pool
        for scope in self._scopes.likeliest():
            if scope.region == region and (pool := await self._pool_of_domain(domain, scope)):
                self._by_domain[hostname] = scope
                return pool
        return None

    async def _pool_of_domain(self, domain: str, scope: Scope) -> Pool | None:
        described = await self._directory.ask("DescribeUserPoolDomain", scope, Domain=domain)
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
