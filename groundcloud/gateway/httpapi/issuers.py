"""The public keys of issuers: the one door to them.

Of our own user pools they come from the pool, in this process, although the issuer is AWS's URL; of every other issuer
by OpenID Connect discovery over HTTP, as on AWS.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from groundcloud.clock import Clock
from groundcloud.gateway.httpapi.limits import (
    DISCOVERY_TIMEOUT_SECONDS,
    KEYS_KEPT_SECONDS,
    MAX_DISCOVERY_BYTES,
    MAX_KEYS,
    UNKNOWN_KEY_SECONDS,
)
from groundcloud.gateway.keys import PoolKeys, read_jwks

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("groundcloud.gateway")

_POOL = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[\w-]+")


class DiscoveryError(Exception):
    """An issuer's endpoints could not be read."""


class Issuers:
    """Keys by issuer and key id."""

    def __init__(self, pools: PoolKeys, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._pools = pools
        self._clock = clock
        self._transport = transport
        self._known: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def find(self, issuer: str, key_id: str) -> Any | None:
        """The RSA public key, or None. Raises `DiscoveryError`."""
        if _POOL.fullmatch(issuer):
            return await self._pools.find(issuer, key_id)
        async with self._locks.setdefault(issuer, asyncio.Lock()):
            fetched, keys = self._known.get(issuer) or (float("-inf"), {})
            age = self._clock.monotonic() - fetched
            if age >= KEYS_KEPT_SECONDS or (key_id not in keys and age >= UNKNOWN_KEY_SECONDS):
                keys = await self._discover(issuer)
                self._known[issuer] = (self._clock.monotonic(), keys)
        return keys.get(key_id)

    async def _discover(self, issuer: str) -> Mapping[str, Any]:
        import httpx

        try:
            async with (
                asyncio.timeout(DISCOVERY_TIMEOUT_SECONDS),
                # Nothing of this machine's proxy settings.
                httpx.AsyncClient(trust_env=False, timeout=None, transport=self._transport) as client,
            ):
                found = json.loads(await _fetch(client, issuer.rstrip("/") + "/.well-known/openid-configuration"))
                address = found.get("jwks_uri") if isinstance(found, dict) else None
                if not isinstance(address, str):
                    raise DiscoveryError(f"{issuer} names no jwks_uri")
                keys = read_jwks(await _fetch(client, address))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            log.warning("The keys of %s could not be read: %s", issuer, error or type(error).__name__)
            raise DiscoveryError(f"OIDC discovery endpoint communication error: {issuer}") from error
        return dict(list(keys.items())[:MAX_KEYS])


async def _fetch(client: httpx.AsyncClient, url: str) -> bytes:
    if urlsplit(url).scheme not in ("http", "https"):
        raise DiscoveryError(f"{url} is no HTTP address")
    async with client.stream("GET", url) as answer:
        if answer.status_code != 200:
            raise DiscoveryError(f"{url} answered {answer.status_code}")
        body = b""
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MAX_DISCOVERY_BYTES:
                raise DiscoveryError(f"{url} answered more than {MAX_DISCOVERY_BYTES} bytes")
        return body
