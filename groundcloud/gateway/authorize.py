"""Lets a request in, or raises: the authorization of a method.

Every kind of authorization that is not built yet refuses, saying so: a protected method is never open.
"""

from __future__ import annotations

import logging
from collections import OrderedDict

from groundcloud.clock import Clock
from groundcloud.gateway import apispan
from groundcloud.gateway.access import Access, PolicyAnswer, called_arn, check_signer
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, unauthorized
from groundcloud.gateway.keys import PoolKeys
from groundcloud.gateway.lambda_authorizer import LambdaAuthorizers
from groundcloud.gateway.limits import VERIFIED_TOKENS_KEPT
from groundcloud.gateway.model import Authorizer, Method
from groundcloud.gateway.phases import AUTHORIZER, failed, passed
from groundcloud.gateway.tokens import Unverified, Verified, admit, peek, token_of, verify

log = logging.getLogger("groundcloud.gateway")


class Authorization:
    """Checks methods' authorization, remembering verified tokens so that a busy client's costs one RSA check."""

    def __init__(self, keys: PoolKeys, functions: LambdaAuthorizers, access: Access, clock: Clock) -> None:
        self._keys = keys
        self._access = access
        self._functions = functions
        self._clock = clock
        self._verified: OrderedDict[str, Verified] = OrderedDict()

    def clear(self) -> None:
        """Forget every token and what authorizers said."""
        self._verified.clear()
        self._functions.clear()

    async def check(self, call: Call, method: Method) -> None:
        """Raise `GatewayError` unless `call` may use `method`; note in `call` who calls."""
        if method.authorization == "AWS_IAM":
            await check_signer(call, self._access, self._clock.monotonic)
            return
        if method.authorization == "CUSTOM":
            # Explicit denials count before the function is asked; what it says then counts together with the policy.
            answer = self._by_policy(call, is_last=False) if call.stage.policy else None
            if answer is not None and answer.denied:
                raise GatewayError("ACCESS_DENIED", answer.message)
            await self._functions.check(call, method, allowed_anyway=answer is not None and answer.allowed)
            return
        if method.authorization == "COGNITO_USER_POOLS":
            begun = self._clock.monotonic()
            try:
                with apispan.authorizing(method.authorization):
                    await self._cognito(call, method)
            except GatewayError as error:
                failed(call.phases, AUTHORIZER, self._clock.monotonic() - begun, error.status, error.message)
                raise
            passed(call.phases, AUTHORIZER, self._clock.monotonic() - begun)
        elif method.authorization != "NONE":
            raise _not_built(call, method, f"{method.authorization} authorizers")
        if call.stage.policy:
            answer = self._by_policy(call)
            if not answer.allowed:
                raise GatewayError("ACCESS_DENIED", answer.message)

    def forget(self, api: str, stage: str) -> None:
        """Ask the authorizers of a stage anew."""
        self._functions.forget(api, stage)

    def _by_policy(self, call: Call, *, is_last: bool = True) -> PolicyAnswer:
        scope, policy = call.stage.scope, call.stage.policy or ""
        return self._access.by_policy(call.request, called_arn(call), scope.account, policy, is_last=is_last)

    async def _cognito(self, call: Call, method: Method) -> None:
        authorizer = method.authorizer
        if authorizer is None or authorizer.type != "COGNITO_USER_POOLS" or not authorizer.pools:
            log.warning("%s %s: its authorizer names no user pool", method.http_method, method.resource_path)
            raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", None)
        if not authorizer.identity_header:
            raise _not_built(call, method, "identity sources other than a header")
        sent = call.request.headers.get_all(authorizer.identity_header)
        # Of two, the one that is checked need not be the one that the integration believes.
        raw = token_of(sent[0] if len(sent) == 1 else None)
        token = await self._verify(raw, authorizer)
        admit(token, authorizer, method.scopes, self._clock.now())
        call.authorizer = {"claims": dict(token.shown)}
        apispan.called_by(token.shown)

    async def _verify(self, raw: str, authorizer: Authorizer) -> Verified:
        known = self._verified.get(raw)
        named = Unverified(known.key_id, known.issuer) if known else peek(raw)
        if named.issuer not in authorizer.pools:
            raise unauthorized()
        # The key is looked for even when the token was verified before: its pool may be gone by now.
        key = await self._keys.find(named.issuer, named.key_id)
        if key is None:
            self._verified.pop(raw, None)
            raise unauthorized()
        if known is not None and known.key == key:
            self._verified.move_to_end(raw)
            return known
        token = verify(raw, key, named)
        self._verified[raw] = token
        while len(self._verified) > VERIFIED_TOKENS_KEPT:
            self._verified.popitem(last=False)
        return token


def _not_built(call: Call, method: Method, what: str) -> GatewayError:
    log.warning(
        "API %s, %s %s: %s are not supported yet: the request is refused",
        call.stage.api_id,
        method.http_method,
        method.resource_path,
        what,
    )
    return GatewayError("AUTHORIZER_CONFIGURATION_ERROR", f"Groundcloud does not support {what} yet")
