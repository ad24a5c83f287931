"""Custom domain names: which API and stage a host and path are mapped to. REST, HTTP and WebSocket APIs share them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html: the longest mapping key that the
path begins with wins, in whole segments unless a key of the domain name has several levels; one without a key takes
what is left. With several levels "API Gateway converts all header names to lowercase" (http-api-mappings.html there).
Base path mappings of REST APIs are API mappings too, so the one listing has both.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.definition import pages
from groundcloud.gateway.target import Target
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes

log = logging.getLogger("groundcloud.gateway")

_PAGE = 100
_NO_BASE_PATH = "(none)"


@dataclass(frozen=True, slots=True)
class Mapping:
    """`key` is without slashes at its ends, ``""`` for all that no other mapping takes."""

    key: str
    api_id: str
    stage: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A custom domain name, lower case; its mappings, the longest key first. `mutual_tls` cannot be served here."""

    name: str
    scope: Scope
    mappings: tuple[Mapping, ...]
    mutual_tls: bool = False

    def find(self, raw_path: str) -> Target | None:
        """What `raw_path` is mapped to; None when nothing takes it."""
        levels = any("/" in mapping.key for mapping in self.mappings)
        for mapping in self.mappings:
            prefix = f"/{mapping.key}" if mapping.key else ""
            rest = raw_path[len(prefix) :]
            if raw_path.startswith(prefix) and (levels or not rest or rest.startswith("/")):
                path = "/" + rest.removeprefix("/")
                return Target(mapping.api_id, self.scope.region, mapping.stage, path, prefix, levels)
        return None


class Domains:
    """Every custom domain name of the control plane, read once for each generation of it. `rest_apart`: whether those
    that were made for REST APIs are listed by `apigateway` alone."""

    def __init__(self, engine: AwsCaller, changes: Changes, scopes: Scopes, *, rest_apart: bool = False) -> None:
        self._engine = engine
        self._rest_apart = rest_apart
        self._changes = changes
        self._scopes = scopes
        self._generation = (-1, -1)
        self._domains: dict[str, Domain] = {}
        self._reading: asyncio.Task[dict[str, Domain]] | None = None

    async def find(self, hostname: str) -> Domain | None:
        """The domain name `hostname` (without port), or the one with a wildcard that covers it."""
        domains = await self._current()
        return domains.get(hostname) or domains.get("*." + hostname.partition(".")[2])

    async def knows(self, hostname: str) -> bool:
        """Whether it is the custom domain name of anybody."""
        return await self.find(hostname) is not None

    async def _current(self) -> dict[str, Domain]:
        generation = (self._changes.generation("apigateway"), self._changes.generation("apigatewayv2"))
        if generation != self._generation:
            self._generation = generation
            self._reading = asyncio.create_task(self._read())
        if self._reading is not None:
            # Whoever came first may hang up: the others still wait for the one reading.
            reading = self._reading
            await asyncio.wait((reading,))
            self._domains = reading.result()
        return self._domains

    async def _read(self) -> dict[str, Domain]:
        found: dict[str, Domain] = {}
        for scope in self._scopes.known():
            try:
                for domain in await self._all("GetDomainNames", {}, scope):
                    name = str(domain["DomainName"]).lower()
                    found.setdefault(name, await self._domain(name, domain, scope))
                for domain in await self._all_of_rest("GetDomainNames", {}, scope) if self._rest_apart else ():
                    name = str(domain["domainName"]).lower()
                    found.setdefault(name, await self._rest_domain(name, domain, scope))
            except AwsError as error:
                log.warning("The domain names of %s could not be read: %s", scope, error)
        return found

    async def _domain(self, name: str, domain: Any, scope: Scope) -> Domain:
        listed = await self._all("GetApiMappings", {"DomainName": domain["DomainName"]}, scope)
        mappings = [
            Mapping(str(one.get("ApiMappingKey") or "").strip("/"), str(one["ApiId"]), str(one.get("Stage") or ""))
            for one in listed
        ]
        mappings.sort(key=lambda one: len(one.key), reverse=True)
        trust = (domain.get("MutualTlsAuthentication") or {}).get("TruststoreUri")
        return Domain(name, scope, tuple(mappings), bool(trust))

    async def _rest_domain(self, name: str, domain: Any, scope: Scope) -> Domain:
        listed = await self._all_of_rest("GetBasePathMappings", {"domainName": domain["domainName"]}, scope)
        keys = [str(one.get("basePath") or _NO_BASE_PATH) for one in listed]
        mappings = [
            Mapping("" if key == _NO_BASE_PATH else key, str(one["restApiId"]), str(one.get("stage") or ""))
            for key, one in zip(keys, listed, strict=True)
        ]
        mappings.sort(key=lambda one: len(one.key), reverse=True)
        trust = (domain.get("mutualTlsAuthentication") or {}).get("truststoreUri")
        return Domain(name, scope, tuple(mappings), bool(trust))

    async def _all_of_rest(self, operation: str, params: dict[str, Any], scope: Scope) -> list[Any]:
        return list(await pages(self._engine, scope, operation, params))

    async def _all(self, operation: str, params: dict[str, Any], scope: Scope) -> list[Any]:
        items: list[Any] = []
        token: str | None = None
        while True:
            page = {**params, "MaxResults": str(_PAGE), **({"NextToken": token} if token else {})}
            answer = await self._engine.call("apigatewayv2", operation, page, scope=scope)
            items += answer.get("Items") or []
            token = answer.get("NextToken")
            if not token:
                return items
