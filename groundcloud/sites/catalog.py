"""The distributions of all accounts, compiled, and kept for as long as nothing of CloudFront changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes
from groundcloud.sites.distribution import Distribution, Policies, compile_distribution, not_applied, policy_ids
from groundcloud.sites.edge_cache import EdgeCache

log = logging.getLogger(__name__)

_SERVICE = "cloudfront"


class Catalog:
    """`find` is a dictionary look-up while CloudFront's generation stays the same."""

    def __init__(self, aws: AwsCaller, changes: Changes, scopes: Scopes, cache: EdgeCache) -> None:
        self._aws = aws
        self._changes = changes
        self._scopes = scopes
        self._cache = cache
        self._generation: int | None = None
        self._by_label: dict[str, Distribution] = {}
        self._invalidated: set[str] = set()
        self._told: set[str] = set()
        self._lock = asyncio.Lock()

    def clear(self) -> None:
        """Forget every distribution."""
        self._generation = None
        self._by_label.clear()
        self._invalidated.clear()
        self._told.clear()

    async def find(self, label: str) -> Distribution | None:
        """The distribution whose domain name begins with `label`."""
        if self._generation != self._changes.generation(_SERVICE):
            async with self._lock:
                await self._refresh()
        return self._by_label.get(label)

    async def _refresh(self) -> None:
        generation = self._changes.generation(_SERVICE)
        if generation == self._generation:
            return
        found: dict[str, Distribution] = {}
        # CloudFront knows no regions: one look into each account.
        for scope in {scope.account: scope for scope in reversed(self._scopes.known())}.values():
            async for summary in self._pages(scope, "ListDistributions", "DistributionList", {}):
                try:
                    compiled = await self._compiled(scope, summary)
                    await self._take_invalidations(scope, summary["Id"])
                except (AwsError, KeyError, IndexError, ValueError) as error:
                    # One that is half made, or just gone, must not take the others down.
                    log.warning("Distribution %s is not served: %r", summary["Id"], error)
                    continue
                found[summary["DomainName"].partition(".")[0].lower()] = compiled
        self._by_label, self._generation = found, generation

    async def _compiled(self, scope: Scope, summary: dict[str, Any]) -> Distribution:
        config = await self._call(scope, "GetDistributionConfig", "DistributionConfig", summary["Id"])
        left_out = not_applied(config)
        if left_out and summary["Id"] not in self._told:
            self._told.add(summary["Id"])
            log.warning("Distribution %s: not applied yet: %s", summary["Id"], ", ".join(left_out))
        caching, requests, access = policy_ids(config)
        caches = {
            i: (await self._call(scope, "GetCachePolicy", "CachePolicy", i))["CachePolicyConfig"] for i in caching
        }
        asks = {
            i: (await self._call(scope, "GetOriginRequestPolicy", "OriginRequestPolicy", i))[
                "OriginRequestPolicyConfig"
            ]
            for i in requests
        }
        controls = {
            i: await self._call(scope, "GetOriginAccessControlConfig", "OriginAccessControlConfig", i) for i in access
        }
        policies = Policies(caches.__getitem__, asks.__getitem__, controls.__getitem__)
        return compile_distribution(summary["Id"], summary["ARN"], config, policies)

    async def _take_invalidations(self, scope: Scope, distribution: str) -> None:
        """Apply invalidations not seen before, whoever made them. The first look finds an empty cache."""
        params = {"DistributionId": distribution}
        async for one in self._pages(scope, "ListInvalidations", "InvalidationList", params):
            if one["Id"] in self._invalidated:
                continue
            asked = {"DistributionId": distribution, "Id": one["Id"]}
            found = await self._aws.call(_SERVICE, "GetInvalidation", asked, scope=scope)
            self._cache.invalidate(distribution, found["Invalidation"]["InvalidationBatch"]["Paths"].get("Items") or [])
            self._invalidated.add(one["Id"])

    async def _call(self, scope: Scope, operation: str, member: str, resource_id: str) -> dict[str, Any]:
        found = await self._aws.call(_SERVICE, operation, {"Id": resource_id}, scope=scope)
        value: dict[str, Any] = found[member]
        return value

    async def _pages(self, scope: Scope, operation: str, member: str, params: dict[str, Any]) -> AsyncIterator[Any]:
        asked = dict(params)
        while True:
            page = (await self._aws.call(_SERVICE, operation, asked, scope=scope))[member]
            for one in page.get("Items") or []:
                yield one
            if not page.get("IsTruncated") or not page.get("NextMarker"):
                return
            asked["Marker"] = page["NextMarker"]
