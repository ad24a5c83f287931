"""The public keys of user pools: the one door to their JWKS.

Keys come from the pool itself, in this process, never from the network, although `iss` is AWS's URL.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from groundcloud.clock import Clock
from groundcloud.gateway.limits import JWKS_REFETCH_SECONDS
from groundcloud.http import Headers, Request
from groundcloud.ports import Changes, Engine

log = logging.getLogger("groundcloud.gateway")


class PoolKeys:
    """Keys by user pool and key id, as fresh as the Cognito control plane's last change."""

    def __init__(self, engine: Engine, changes: Changes, clock: Clock) -> None:
        self._engine = engine
        self._changes = changes
        self._clock = clock
        self._generation = -1
        self._pools: dict[str, tuple[float, Mapping[str, Any]]] = {}

    async def find(self, issuer: str, key_id: str) -> Any | None:
        """The RSA public key `key_id` of the pool whose tokens have `issuer`, or None.

        An unknown key id asks the pool again, in case it has made a new key.
        """
        generation = self._changes.generation("cognito-idp")
        if generation != self._generation:
            self._generation = generation
            self._pools.clear()
        now = self._clock.monotonic()
        fetched, keys = self._pools.get(issuer) or (float("-inf"), {})
        if key_id not in keys and now - fetched >= JWKS_REFETCH_SECONDS:
            keys = await self._fetch(issuer)
            if generation == self._generation:
                self._pools[issuer] = (now, keys)
        return keys.get(key_id)

    async def _fetch(self, issuer: str) -> dict[str, Any]:
        host, _, pool_id = issuer.removeprefix("https://").partition("/")
        request = Request(
            "GET", f"/{pool_id}/.well-known/jwks.json", headers=Headers([("Host", host)]), service="cognito-idp"
        )
        response = await self._engine.request(request)
        if response.status != 200:
            log.warning("User pool %s has no keys: status %d", pool_id, response.status)
            return {}
        return read_jwks(response.body)


def read_jwks(document: bytes) -> dict[str, Any]:
    """The RSA keys of a JWKS by key id; entries of other kinds are passed over."""
    import jwt

    try:
        entries = json.loads(document).get("keys", [])
    except (ValueError, AttributeError):
        return {}
    keys = {}
    for entry in entries:
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or "kid" not in entry:
            continue
        try:
            keys[entry["kid"]] = jwt.PyJWK(entry, algorithm="RS256").key
        except jwt.PyJWTError:
            log.warning("JWKS entry %s is not usable", entry["kid"])
    return keys
