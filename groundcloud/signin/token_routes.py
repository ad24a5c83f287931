"""Tokens of a user without the user's password, for trying an API on this machine: a control route.

Nothing of this exists on AWS. Who may write to control routes is this machine's administrator already, who can set
every user's password; here the user keeps theirs. The tokens are as of a sign-in of that moment, with the pool's own
trigger, and there is no refresh token. They are in the answer and nowhere else.
"""

from __future__ import annotations

import json

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import ControlRoute
from groundcloud.signin.claims import API_SCOPE
from groundcloud.signin.directory import Client, Directory, Pool, User
from groundcloud.signin.tokens import Tokens

_MEMBERS = ("pool", "client", "username")
_SHAPE = 'The body is {"pool": …, "client": …, "username": …} and may have "scopes": a list of their names'
_GOOD = ("CONFIRMED", "EXTERNAL_PROVIDER")


class _Refusal(Exception):
    """What is answered instead: `status`, and why in words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class TokenRoutes:
    """POST /users/tokens."""

    def __init__(self, directory: Directory, tokens: Tokens) -> None:
        self._directory = directory
        self._tokens = tokens

    def routes(self) -> list[ControlRoute]:
        return [ControlRoute("POST", "/users/tokens", self._mint)]

    async def _mint(self, request: Request, _segments: dict[str, str]) -> Response:
        try:
            pool_id, client_id, username, scopes = _asked(request)
            pool, client = await self._party(pool_id, client_id)
            user = await self._directory.user(pool, username)
            if user is None:
                raise _Refusal(404, f"The user pool {pool_id} has no user {username}")
            _check_user(user, username)
            _check_scopes(client, scopes)
            result = await self._tokens.passing(pool, client, user, " ".join(scopes) or API_SCOPE)
        except _Refusal as refusal:
            return Response.json(refusal.status, json.dumps({"message": str(refusal)}))
        except AwsError as error:
            return Response.json(400, json.dumps({"message": f"{error.code}: {error.message}"}))
        found = {"idToken": result.get("IdToken"), "accessToken": result["AccessToken"]}
        never_kept = Headers([("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return Response(200, never_kept, json.dumps(found).encode())

    async def _party(self, pool_id: str, client_id: str) -> tuple[Pool, Client]:
        place = await self._directory.place_of_pool(pool_id)
        try:
            if place is not None:
                pool = await self._directory.pool(place)
                return pool, await self._directory.client(pool, client_id)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise _Refusal(404, f"The user pool {pool_id} has no app client {client_id}") from error
        raise _Refusal(404, f"There is no user pool {pool_id}")


def _asked(request: Request) -> tuple[str, str, str, list[str]]:
    body = request.json_object()
    values, scopes = [body.get(name) for name in _MEMBERS], body.get("scopes") or []
    good = all(isinstance(value, str) and value for value in values)
    if not good or not isinstance(scopes, list) or not all(isinstance(each, str) and each for each in scopes):
        raise _Refusal(400, _SHAPE)
    pool, client, username = (str(value) for value in values)
    return pool, client, username, scopes


def _check_user(user: User, name: str) -> None:
    """Who could not sign in gets no token here either."""
    if not user.enabled:
        raise _Refusal(400, f"{name} is disabled and could not sign in")
    if user.status not in _GOOD:
        raise _Refusal(400, f"{name} could not sign in: the user's status is {user.status}, not CONFIRMED")


def _check_scopes(client: Client, scopes: list[str]) -> None:
    allowed = list(client.settings.get("AllowedOAuthScopes") or [])
    refused = [each for each in scopes if each not in allowed]
    if refused:
        may = f"it may: {', '.join(allowed)}" if allowed else "it has none"
        raise _Refusal(400, f"The app client {client.id} may not ask for the scope {', '.join(refused)}; {may}")
