"""Pools and users, read and changed through Cognito's own admin API."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope, Scopes

_SERVICE = "cognito-idp"
_PAGE = 60


@dataclass(frozen=True)
class Pool:
    """A user pool: where it is, and its settings as DescribeUserPool gives them."""

    id: str
    scope: Scope
    settings: dict[str, Any]

    def names(self, setting: str) -> list[str]:
        """A setting that is a list of names, empty when unset."""
        return list(self.settings.get(setting) or [])


@dataclass(frozen=True)
class User:
    """A user of a pool. `username` is Cognito's own, not the alias the user typed."""

    username: str
    attributes: dict[str, str]
    status: str = ""
    enabled: bool = True

    @property
    def sub(self) -> str:
        return self.attributes.get("sub", self.username)


class Directory:
    """Finds pools by client or by id in every account and region, and their users."""

    def __init__(self, aws: AwsCaller, scopes: Scopes) -> None:
        self._aws = aws
        self._scopes = scopes
        self._by_client: dict[str, tuple[Scope, str]] = {}
        self._by_id: dict[str, Scope] = {}

    async def place_of_client(self, client_id: str) -> tuple[Scope, str] | None:
        """Scope and pool id of an app client, or None.

        A client never moves to another pool, so what was found once is kept; when the pool is gone since, the engine
        says so. What was not found is looked for again every time: it may be a second old.
        """
        if client_id and client_id not in self._by_client:
            await self._look_everywhere()
        return self._by_client.get(client_id)

    async def place_of_pool(self, pool_id: str) -> tuple[Scope, str] | None:
        """Scope and id of a pool known by id only, or None."""
        if pool_id and pool_id not in self._by_id:
            await self._look_everywhere()
        scope = self._by_id.get(pool_id)
        return (scope, pool_id) if scope else None

    async def pool(self, place: tuple[Scope, str]) -> Pool:
        """The pool with its settings of this moment. Raises `ResourceNotFoundException`."""
        scope, pool_id = place
        found = await self._aws.call(_SERVICE, "DescribeUserPool", {"UserPoolId": pool_id}, scope=scope)
        return Pool(pool_id, scope, found["UserPool"])

    async def user(self, pool: Pool, username: str) -> User | None:
        """The user that a user name, alias or sub means, or None."""
        if not username:
            return None
        params = {"UserPoolId": pool.id, "Username": username}
        try:
            found = await self._aws.call(_SERVICE, "AdminGetUser", params, scope=pool.scope)
        except AwsError as error:
            if error.code == "UserNotFoundException":
                return None
            raise
        return User(found["Username"], _attributes(found), found.get("UserStatus", ""), found.get("Enabled", True))

    async def signed_in_user(self, pool: Pool, access_token: str) -> User:
        """The user whose access token this is. Raises `NotAuthorizedException`; the engine checks the token."""
        found = await self._aws.call(_SERVICE, "GetUser", {"AccessToken": access_token}, scope=pool.scope)
        return User(found["Username"], _attributes(found))

    async def hides_users(self, pool: Pool, client_id: str) -> bool:
        """Whether this client must not reveal which users exist (PreventUserExistenceErrors)."""
        params = {"UserPoolId": pool.id, "ClientId": client_id}
        found = await self._aws.call(_SERVICE, "DescribeUserPoolClient", params, scope=pool.scope)
        return bool(found["UserPoolClient"].get("PreventUserExistenceErrors") == "ENABLED")

    async def set_attributes(self, pool: Pool, user: User, values: dict[str, str]) -> None:
        params = {
            "UserPoolId": pool.id,
            "Username": user.username,
            "UserAttributes": [{"Name": name, "Value": value} for name, value in values.items()],
        }
        await self._aws.call(_SERVICE, "AdminUpdateUserAttributes", params, scope=pool.scope)

    async def set_temporary_password(self, pool: Pool, user: User, password: str) -> None:
        """Give a user a password that must be changed at the first sign-in."""
        params = {"UserPoolId": pool.id, "Username": user.username, "Password": password, "Permanent": False}
        await self._aws.call(_SERVICE, "AdminSetUserPassword", params, scope=pool.scope)

    async def _look_everywhere(self) -> None:
        for scope in self._scopes.known():
            async for pool in self._pages(scope, "ListUserPools", "UserPools", {}):
                self._by_id[pool["Id"]] = scope
                params = {"UserPoolId": pool["Id"]}
                async for client in self._pages(scope, "ListUserPoolClients", "UserPoolClients", params):
                    self._by_client[client["ClientId"]] = (scope, pool["Id"])

    async def _pages(self, scope: Scope, operation: str, member: str, params: dict[str, Any]) -> AsyncIterator[Any]:
        asked = {**params, "MaxResults": _PAGE}
        while True:
            page = await self._aws.call(_SERVICE, operation, asked, scope=scope)
            for one in page.get(member) or []:
                yield one
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def pool_id_of_token(token: str) -> str:
    """The pool that a token says it is from, unverified: it only decides where to ask. Empty for what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return ""
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer.rpartition("/")[2] if isinstance(issuer, str) else ""


def _attributes(found: dict[str, Any]) -> dict[str, str]:
    return {one["Name"]: one.get("Value", "") for one in found.get("UserAttributes") or []}
