"""The keys of token issuers, as the sign-in part asks for them: through the gateway's one door to them."""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.httpapi.issuers import DiscoveryError, Issuers


class IssuerKeys:
    """Implements `ports.TokenKeys`."""

    def __init__(self, issuers: Issuers) -> None:
        self._issuers = issuers

    async def find(self, issuer: str, key_id: str) -> Any | None:
        try:
            return await self._issuers.find(issuer, key_id)
        except DiscoveryError as error:
            message = (
                "Couldn't retrieve verification key from your identity provider, please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            )
            raise AwsError("InvalidIdentityToken", message) from error
