"""Verifies the administrator's signature, so that the operations our own parts answer are never open to others.

The engine verifies every request that reaches it. What the edge answers by itself must be as safe: it does so only for
the account's administrator, whose secret it knows, and only if the signature is right. Every other caller's request
goes to the engine, which checks signature and policies and answers in AWS's words.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime

from groundcloud.clock import Clock
from groundcloud.edge import sigv4
from groundcloud.edge.exchange import Exchange
from groundcloud.edge.limits import CLOCK_SKEW_SECONDS, MAX_OPERATION_BODY_BYTES
from groundcloud.edge.sigv4 import Received
from groundcloud.http import Response
from groundcloud.settings import Settings

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=[^/,\s]*/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request,\s*"
    r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})"
)
_ADMIN_OPERATIONS = {"lambda": {"Invoke"}, "cloudformation": None, "cloudfront": {"CreateInvalidation"}}
"""Service → the operations of it that a part of ours may answer (None: all of them)."""


class Authorize:
    """Sets `exchange.is_admin` for the operations where it matters; never answers by itself."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def __call__(self, exchange: Exchange) -> Response | None:
        identity = exchange.identity
        if identity is None or identity.service not in _ADMIN_OPERATIONS:
            return None
        operations = _ADMIN_OPERATIONS[identity.service]
        if operations is None or identity.operation in operations:
            exchange.is_admin = self._is_admin_key(identity.access_key) and await self._verify(exchange)
        return None

    def _is_admin_key(self, access_key: str) -> bool:
        return access_key in ("test", self._settings.access_key_id) or bool(re.fullmatch(r"\d{12}", access_key))

    async def _verify(self, exchange: Exchange) -> bool:
        found = _AUTHORIZATION.fullmatch(exchange.headers.get("authorization") or "")
        if found is None:
            return False
        date, region, service, signed_headers, signature = found.groups()
        names = signed_headers.split(";")
        timestamp = exchange.headers.get("x-amz-date") or ""
        if not self._is_timely(timestamp) or not timestamp.startswith(date) or "host" not in names:
            return False
        payload_hash = hashlib.sha256(await exchange.body(MAX_OPERATION_BODY_BYTES)).hexdigest()
        if exchange.headers.get("x-amz-content-sha256", payload_hash) != payload_hash:
            return False
        received = Received(
            exchange.method,
            exchange.raw_path,
            exchange.query_string,
            exchange.headers,
            names,
            timestamp,
            payload_hash,
        )
        expected = sigv4.signature(received, self._settings.secret_access_key, region, service)
        return hmac.compare_digest(expected, signature)

    def _is_timely(self, timestamp: str) -> bool:
        try:
            sent = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(self._clock.now() - sent.timestamp()) <= CLOCK_SKEW_SECONDS
