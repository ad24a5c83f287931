"""Tokens given to ``sts:AssumeRoleWithWebIdentity``: identity pools' own, and those of OpenID Connect providers that
the account knows, user pools among them.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope, WebIdentity
from groundcloud.signin.identity import errors
from groundcloud.signin.identity.issuer import HOST, ISSUER
from groundcloud.signin.identity.tokens import TAGS_CLAIM, Token, Verifier, read

_NO_TOKEN = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
_NOT_SIGNED = (
    "The web identity token that was passed could not be validated by AWS. Get a new identity token from the identity "
    "provider and then retry the request."
)


class WebTokens:
    """Implements `ports.WebIdentityTokens`."""

    def __init__(self, aws: AwsCaller, verifier: Verifier, clock: Clock, region: str) -> None:
        self._aws = aws
        self._verifier = verifier
        self._clock = clock
        self._region = region

    async def verify(self, token: str, account: str) -> WebIdentity:
        found = read(token)
        if found is None or not found.claim("iss") or not found.claim("sub"):
            raise errors.invalid_identity_token(_NO_TOKEN)
        if found.claim("iss") == ISSUER:
            provider, host, clients = HOST, HOST, None
        else:
            provider, host, clients = await self._provider(found, account)
        if not await self._verifier.is_signed(found):
            raise errors.invalid_identity_token(_NOT_SIGNED)
        now = int(self._clock.now())
        if now >= found.expires:
            message = f"Token expired: current date/time {now} must be before the expiration date/time"
            raise AwsError("ExpiredTokenException", f"{message} {int(found.expires)}")
        if clients is not None and found.audience not in clients:
            raise errors.invalid_identity_token("Incorrect token audience")
        tags, transitive = _tags(found.claims.get(TAGS_CLAIM))
        return WebIdentity(provider, found.claim("sub"), found.audience, _keys(host, found), tags, transitive)

    async def _provider(self, token: Token, account: str) -> tuple[str, str, list[str]]:
        """ARN, name and clients of the account's provider for the token's issuer."""
        issuer = token.claim("iss")
        host = issuer.removeprefix("https://").rstrip("/")
        arn = f"arn:aws:iam::{account}:oidc-provider/{host}"
        try:
            found = await self._aws.call(
                "iam",
                "GetOpenIDConnectProvider",
                {"OpenIDConnectProviderArn": arn},
                scope=Scope(account, self._region),
            )
        except AwsError as error:
            if error.code not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            message = f"No OpenIDConnect provider found in your account for {issuer}"
            raise errors.invalid_identity_token(message) from error
        return arn, host, list(found.get("ClientIDList") or [])


def _keys(host: str, token: Token) -> dict[str, tuple[str, ...]]:
    """The condition keys: ``HOST:aud``, ``:sub``, ``:amr`` (reference_policies_iam-condition-keys.html, "Available keys
    for AWS OIDC federation")."""
    methods = token.claims.get("amr")
    keys: dict[str, tuple[str, ...]] = {f"{host}:aud": (token.audience,), f"{host}:sub": (token.claim("sub"),)}
    if isinstance(methods, list):
        keys[f"{host}:amr"] = tuple(str(method) for method in methods)
    return keys


def _tags(claim: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Session tags, and which of them are transitive."""
    if not isinstance(claim, dict):
        return {}, ()
    carried, transitive = claim.get("principal_tags"), claim.get("transitive_tag_keys")
    tags = {
        str(name): str(values[0]) if isinstance(values, list) and values else str(values)
        for name, values in (carried.items() if isinstance(carried, dict) else ())
    }
    return tags, tuple(str(name) for name in transitive) if isinstance(transitive, list) else ()
