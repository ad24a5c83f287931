"""Proof of who somebody is: the `Logins` of a request, each verified as its kind of provider asks for.

https://docs.aws.amazon.com/cognito/latest/developerguide/external-identity-providers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.signin.errors import invalid_parameter
from groundcloud.signin.identity import errors
from groundcloud.signin.identity.issuer import HOST, ISSUER
from groundcloud.signin.identity.limits import MAX_LOGINS
from groundcloud.signin.identity.pools import IdentityPool
from groundcloud.signin.identity.sessions import Sessions
from groundcloud.signin.identity.tokens import Token, Verifier, read


@dataclass(frozen=True)
class Login:
    """A verified login. `provider` and `subject` name the user; `mapping_key` is what a role mapping calls the
    provider (a user pool's with its client); `methods` are its entries of the `amr` claim. `identity_id` is set when
    the token names an identity by itself, as tokens for developers' users do."""

    provider: str
    subject: str
    mapping_key: str
    methods: tuple[str, ...]
    claims: Mapping[str, Any] = field(default_factory=dict)
    identity_id: str = ""


class LoginVerifier:
    def __init__(self, aws: AwsCaller, verifier: Verifier, sessions: Sessions, clock: Clock) -> None:
        self._aws = aws
        self._verifier = verifier
        self._sessions = sessions
        self._clock = clock

    async def verify(self, pool: IdentityPool, logins: object) -> list[Login]:
        """Every login, or `AwsError` (NotAuthorizedException) for the first that does not hold."""
        if not logins:
            return []
        if not isinstance(logins, dict) or len(logins) > MAX_LOGINS:
            raise invalid_parameter(f"Logins is a map of at most {MAX_LOGINS} tokens by provider.")
        return [await self._login(pool, str(provider), token) for provider, token in logins.items()]

    async def _login(self, pool: IdentityPool, provider: str, text: object) -> Login:
        if provider == HOST and pool.developer_provider:
            return await self._developers(pool, text)
        if pool.names_user_pool(provider):
            return await self._user_pools(pool, provider, text)
        if arn := pool.open_id_arn(provider):
            return await self._open_id(pool, provider, arn, text)
        if pool.names_other(provider):
            # Tokens of social and SAML providers are verified by these providers alone.
            raise errors.bad_token(f"This cloud cannot verify tokens of {provider}.")
        raise errors.unsupported_provider()

    async def _user_pools(self, pool: IdentityPool, provider: str, text: object) -> Login:
        token = await self._signed(provider, text)
        client = token.claim("aud")
        if not client:
            raise errors.bad_token("Missing a required claim: aud")
        setting = pool.user_pool_client(provider, client)
        if setting is None or token.claim("token_use") != "id":
            raise errors.unsupported_provider()
        self._check_time(token)
        if setting.get("ServerSideTokenCheck"):
            await self._check_user(pool, provider, token)
        methods = (provider, f"{provider}:CognitoSignIn:{token.claim('sub')}")
        return Login(provider, token.claim("sub"), f"{provider}:{client}", methods, token.claims)

    async def _open_id(self, pool: IdentityPool, provider: str, arn: str, text: object) -> Login:
        token = await self._signed(provider, text)
        try:
            found = await self._aws.call(
                "iam", "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": arn}, scope=pool.scope
            )
        except AwsError as error:
            if error.code != "NoSuchEntity":
                raise
            raise errors.unsupported_provider() from error
        if token.audience not in (found.get("ClientIDList") or []):
            raise errors.unsupported_provider()
        self._check_time(token)
        methods = (provider, f"{provider}:{arn}:{token.claim('sub')}")
        return Login(provider, token.claim("sub"), arn, methods, token.claims)

    async def _developers(self, pool: IdentityPool, text: object) -> Login:
        """A token of GetOpenIdTokenForDeveloperIdentity."""
        token = read(text)
        if token is None or token.claim("iss") != ISSUER or not await self._verifier.is_signed(token):
            raise errors.bad_token("Not a valid OpenId Connect identity token.")
        if token.audience != pool.id:
            raise errors.unsupported_provider()
        self._check_time(token)
        identity = token.claim("sub")
        methods = tuple(str(method) for method in token.claims.get("amr") or [])[1:]
        return Login(HOST, identity, pool.developer_provider, methods, token.claims, identity)

    async def _signed(self, provider: str, text: object) -> Token:
        token = read(text)
        if token is None or not token.claim("sub"):
            raise errors.bad_token("Not a valid OpenId Connect identity token.")
        if token.claim("iss") != f"https://{provider}":
            raise errors.bad_token("Issuer doesn't match providerName")
        try:
            signed = await self._verifier.is_signed(token)
        except AwsError as error:
            raise errors.bad_token(error.message) from error
        if not signed:
            raise errors.bad_token("Token signature invalid.")
        return token

    def _check_time(self, token: Token) -> None:
        now = int(self._clock.now())
        if now >= token.expires:
            raise errors.bad_token(f"Token expired: {now} >= {int(token.expires)}")

    async def _check_user(self, pool: IdentityPool, provider: str, token: Token) -> None:
        """ServerSideTokenCheck: the user is neither deleted nor disabled nor signed out everywhere
        (cognitoidentity/latest/APIReference/API_CognitoIdentityProvider.html)."""
        host, _, user_pool = provider.partition("/")
        scope = Scope(pool.scope.account, host.split(".")[1])
        params = {"UserPoolId": user_pool, "Username": token.claim("cognito:username")}
        try:
            user = await self._aws.call("cognito-idp", "AdminGetUser", params, scope=scope)
        except AwsError as error:
            if error.code not in ("UserNotFoundException", "ResourceNotFoundException"):
                raise
            raise errors.bad_token("The user does not exist.") from error
        if self._sessions.is_revoked(token.claim("origin_jti")) or not user.get("Enabled", True):
            raise errors.bad_token("The user is disabled or signed out.")
