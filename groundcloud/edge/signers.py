"""Who signed a request that a data plane has to judge: a call of an API, of a function URL."""

from __future__ import annotations

from groundcloud.edge import credentials
from groundcloud.edge.authorize import SIGNED_BY, Authorize, Signer
from groundcloud.edge.exchange import Exchange
from groundcloud.iam.identities import Identities, Principal

CallerFields = dict[str, str | None]
"""``accessKey``, ``accountId``, ``callerId``, ``userArn``, ``userId``: as events name who signed."""


class Signers:
    """`account` is the one of the configured root key."""

    def __init__(self, authorize: Authorize, identities: Identities, account: str) -> None:
        self._authorize = authorize
        self._identities = identities
        self._account = account

    async def of(self, exchange: Exchange) -> Principal:
        """Who signed `exchange`, whose `identity` names the access key. Raises `AwsError` for a wrong signature and for
        a key of nobody's."""
        identity = exchange.identity
        assert identity is not None, "identify first"
        await self._authorize(exchange)
        signer: Signer | None = exchange.scope.get(SIGNED_BY)
        if signer is None:
            raise credentials.unknown_key(identity)
        if signer.key is None:
            access_key = str(identity.access_key)
            return self._identities.root(access_key if access_key.isdecimal() else self._account, access_key)
        principal = await self._identities.principal(signer.key)
        if principal is None:
            raise credentials.unknown_key(identity)
        return principal


def caller_fields(principal: Principal) -> CallerFields:
    caller = principal.caller
    return {
        "accessKey": principal.key.access_key,
        "accountId": caller.account,
        "callerId": caller.principal_id,
        "userArn": caller.arn,
        "userId": caller.principal_id,
    }
