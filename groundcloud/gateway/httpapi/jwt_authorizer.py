"""JWT authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

import logging
from collections import OrderedDict

from groundcloud.clock import Clock
from groundcloud.gateway.httpapi import tokens
from groundcloud.gateway.httpapi.call import Call, Grant
from groundcloud.gateway.httpapi.issuers import DiscoveryError, Issuers
from groundcloud.gateway.httpapi.limits import VERIFIED_TOKENS_KEPT
from groundcloud.gateway.httpapi.mapping import request_value
from groundcloud.gateway.httpapi.model import Authorizer

log = logging.getLogger("groundcloud.gateway")


class JwtAuthorizers:
    """Checks tokens, remembering verified ones so that a busy client's costs one signature check."""

    def __init__(self, issuers: Issuers, clock: Clock) -> None:
        self._issuers = issuers
        self._clock = clock
        self._verified: OrderedDict[str, tokens.Token] = OrderedDict()

    def clear(self) -> None:
        """Forget every token."""
        self._verified.clear()

    async def check(self, call: Call, authorizer: Authorizer) -> Grant:
        """Who calls. Raises `HttpApiError` 401, or 403 when a scope is missing."""
        source = authorizer.identity_sources[0] if authorizer.identity_sources else "$request.header.Authorization"
        raw = tokens.token_of(request_value(call, source.removeprefix("$")))
        token = await self._verify(raw, authorizer)
        return Grant("jwt", tokens.admit(token, authorizer.audience, call.route.scopes, self._clock.now()))

    async def _verify(self, raw: str, authorizer: Authorizer) -> tokens.Token:
        known = self._verified.get(raw)
        named = tokens.Unverified(known.key_id, known.issuer) if known else tokens.peek(raw)
        if named.issuer != authorizer.issuer:
            raise tokens.invalid("the token does not have a valid issuer")
        try:
            # The key is looked for even when the token was verified before: its issuer may have dropped it.
            key = await self._issuers.find(named.issuer, named.key_id)
        except DiscoveryError as error:
            log.warning("Authorizer %s: %s", authorizer.id, error)
            raise tokens.invalid("OIDC discovery endpoint communication error") from error
        if key is None:
            self._verified.pop(raw, None)
            raise tokens.invalid("the token's key is not known to its issuer")
        if known is not None and known.key == key:
            self._verified.move_to_end(raw)
            return known
        token = tokens.verify(raw, key, named)
        self._verified[raw] = token
        while len(self._verified) > VERIFIED_TOKENS_KEPT:
            self._verified.popitem(last=False)
        return token
