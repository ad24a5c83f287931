"""POST /oauth2/token and POST /oauth2/revoke.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.signin.directory import Directory, Pool
from groundcloud.signin.hosted import app_client, pkce
from groundcloud.signin.hosted.api import PublicApi
from groundcloud.signin.hosted.app_client import AppClient, Registry
from groundcloud.signin.hosted.client_auth import authenticated, form_of
from groundcloud.signin.hosted.errors import OAuthError
from groundcloud.signin.hosted.store import HostedStore
from groundcloud.signin.tokens import Result, Tokens

_MEMBERS = {
    "IdToken": "id_token",
    "AccessToken": "access_token",
    "RefreshToken": "refresh_token",
    "ExpiresIn": "expires_in",
    "TokenType": "token_type",
}


class TokenEndpoint:
    def __init__(
        self, registry: Registry, directory: Directory, store: HostedStore, tokens: Tokens, api: PublicApi
    ) -> None:
        self._registry = registry
        self._directory = directory
        self._store = store
        self._tokens = tokens
        self._api = api
        self._grants = {
            "authorization_code": self._code,
            "refresh_token": self._refresh,
            "client_credentials": self._client_credentials,
        }

    async def token(self, request: Request, pool: Pool | None) -> Response:
        """Tokens for a grant; `pool` is None when the endpoint was called without a pool's domain."""
        form = form_of(request)
        if "grant_type" not in form:
            raise OAuthError("invalid_request")
        grant = self._grants.get(form["grant_type"])
        if grant is None:
            raise OAuthError("unsupported_grant_type")
        client = await authenticated(self._registry, request, form, pool)
        try:
            granted = as_answer(await grant(client, form))
        except AwsError as error:
            if error.status >= 500:
                raise
            # A function of the pool refused.
            raise OAuthError("invalid_request", error.message) from error
        return Response.json(200, json.dumps(granted), Cache_Control="no-store", Pragma="no-cache")

    async def revoke(self, request: Request, pool: Pool | None) -> Response:
        form = form_of(request)
        token = form.get("token")
        client = await authenticated(self._registry, request, form, pool)
        if not token or not client.client.revokes:
            raise OAuthError("invalid_request")
        try:
            await self._api.call(client, "RevokeToken", Token=token)
        except AwsError as error:
            if error.code == "UnsupportedTokenTypeException":
                raise OAuthError("unsupported_token_type") from error
            if error.status >= 500:
                raise
            # RFC 7009, section 2.2: a token that is not good any more, or never was, is as good as revoked.
        return Response(200, Headers([("Cache-Control", "no-store")]))

    async def _code(self, client: AppClient, form: dict[str, str]) -> Result:
        if not client.may(app_client.CODE):
            raise OAuthError("unauthorized_client")
        code = form.get("code")
        if not code or "redirect_uri" not in form:
            raise OAuthError("invalid_request")
        grant = self._store.peek(code)
        if grant is None or (grant.pool, grant.client) != (client.pool.id, client.id):
            raise OAuthError("invalid_grant")
        # From here on the code is spent, whatever comes of it: it is in the hands of who cannot show that it is theirs.
        fits = grant.redirect_uri == form["redirect_uri"]
        fits = pkce.is_proven(grant.challenge, form.get("code_verifier", "")) and fits
        if not self._store.take(code) or not fits:
            raise OAuthError("invalid_grant")
        user = await self._directory.user(client.pool, grant.username)
        if user is None or user.sub != grant.subject or not user.enabled:
            raise OAuthError("invalid_grant")
        return await self._tokens.grant(
            client.pool, client.client, user, grant.scope, nonce=grant.nonce, auth_time=grant.auth_time
        )

    async def _refresh(self, client: AppClient, form: dict[str, str]) -> Result:
        token = form.get("refresh_token")
        if not token:
            raise OAuthError("invalid_request")
        try:
            answer = await self._api.call(client, "GetTokensFromRefreshToken", RefreshToken=token)
        except AwsError as error:
            if error.status >= 500:
                raise
            raise OAuthError("invalid_grant") from error
        return dict(answer["AuthenticationResult"])

    async def _client_credentials(self, client: AppClient, form: dict[str, str]) -> Result:
        """Only a client with a secret has anything to show, and only scopes of resource servers are a program's."""
        if not client.secret or not client.may(app_client.CLIENT_CREDENTIALS):
            raise OAuthError("unauthorized_client")
        allowed = [scope for scope in client.scopes if "/" in scope]
        wanted = form["scope"].split() if form.get("scope") else allowed
        if not wanted or not set(wanted) <= set(allowed):
            raise OAuthError("invalid_scope")
        return await self._tokens.for_client(client.pool, client.client, " ".join(dict.fromkeys(wanted)))


def as_answer(granted: Result) -> dict[str, Any]:
    """An AuthenticationResult as OAuth names its members."""
    return {name: granted[member] for member, name in _MEMBERS.items() if member in granted}
