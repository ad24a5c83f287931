"""Pools, clients, groups and users, read and changed through Cognito's own admin API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes
from groundcloud.signin import limits, password_rules
from groundcloud.signin.credentials import Credentials
from groundcloud.spans import belongs_to

SERVICE = "cognito-idp"
_PAGE = 60
_DISTURBED = "dictionary changed size during iteration"


@dataclass(frozen=True)
class Pool:
    """A user pool: where it is, and its settings as DescribeUserPool gives them. `mfa` is GetUserPoolMfaConfig's."""

    id: str
    scope: Scope
    settings: dict[str, Any]
    mfa: dict[str, Any] = field(default_factory=dict)

    def names(self, setting: str) -> list[str]:
        """A setting that is a list of names, empty when unset."""
        return list(self.settings.get(setting) or [])

    @property
    def arn(self) -> str:
        return f"arn:aws:cognito-idp:{self.scope.region}:{self.scope.account}:userpool/{self.id}"

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.scope.region}.amazonaws.com/{self.id}"

    @property
    def is_case_sensitive(self) -> bool:
        """Sensitive unless the pool says otherwise (API_UsernameConfigurationType.html)."""
        return (self.settings.get("UsernameConfiguration") or {}).get("CaseSensitive") is not False


@dataclass(frozen=True)
class Client:
    """An app client, with its settings as DescribeUserPoolClient gives them."""

    id: str
    settings: dict[str, Any]
    rotation: tuple[str, int] | None = None

    @property
    def secret(self) -> str:
        return str(self.settings.get("ClientSecret") or "")

    @property
    def hides_users(self) -> bool:
        """Whether this client must not reveal which users exist (PreventUserExistenceErrors)."""
        return self.settings.get("PreventUserExistenceErrors") == "ENABLED"

    @property
    def session_seconds(self) -> float:
        return 60.0 * int(self.settings.get("AuthSessionValidity") or 3)

    @property
    def rotates(self) -> bool:
        return self.rotation is not None and self.rotation[0] == "ENABLED"

    @property
    def revokes(self) -> bool:
        return self.settings.get("EnableTokenRevocation") is not False


@dataclass(frozen=True)
class Group:
    name: str
    role: str
    precedence: int | None


@dataclass(frozen=True)
class User:
    """A user of a pool. `username` is Cognito's own, not the alias the user typed."""

    username: str
    attributes: dict[str, str]
    status: str = ""
    enabled: bool = True
    mfa: tuple[str, ...] = ()
    preferred_mfa: str = ""

    @property
    def sub(self) -> str:
        return self.attributes.get("sub", self.username)


class Directory:
    """Finds pools by client or by id in every account and region, and their users."""

    def __init__(self, aws: AwsCaller, scopes: Scopes, changes: Changes, credentials: Credentials) -> None:
        self._aws = aws
        self._scopes = scopes
        self._changes = changes
        self._credentials = credentials
        self._by_client: dict[str, tuple[Scope, str]] = {}
        self._by_id: dict[str, Scope] = {}
        self._generation = -1
        self._pools: dict[str, Pool] = {}
        self._clients: dict[tuple[str, str], Client] = {}

    def clear(self) -> None:
        """Forget every pool and client that was found."""
        for kept in (self._by_client, self._by_id, self._pools, self._clients):
            kept.clear()

    async def place_of_client(self, client_id: str) -> tuple[Scope, str] | None:
        """Scope and pool id of an app client, or None.

        A client never moves to another pool, so what was found once is kept; when the pool is gone since, the engine
        says so. What was not found is looked for again every time: it may be a second old.
        """
        if client_id and client_id not in self._by_client:
            await self._look_everywhere(lambda: client_id in self._by_client)
        return self._by_client.get(client_id)

    async def place_of_pool(self, pool_id: str) -> tuple[Scope, str] | None:
        """Scope and id of a pool known by id only, or None."""
        if pool_id and pool_id not in self._by_id:
            await self._look_everywhere(lambda: pool_id in self._by_id)
        scope = self._by_id.get(pool_id)
        return (scope, pool_id) if scope else None

    async def pool(self, place: tuple[Scope, str]) -> Pool:
        """The pool with its settings of this moment. Raises `ResourceNotFoundException`."""
        belongs_to(place[0].account, place[0].region)
        scope, pool_id = place
        generation = self._fresh()
        kept = self._pools.get(pool_id)
        if kept is not None and kept.scope == scope:
            return kept
        found = await self.ask("DescribeUserPool", scope, UserPoolId=pool_id)
        mfa = await self.ask("GetUserPoolMfaConfig", scope, UserPoolId=pool_id)
        pool = Pool(pool_id, scope, found["UserPool"], mfa)
        if generation == self._changes.generation(SERVICE):
            self._pools[pool_id] = pool
        return pool

    async def client(self, pool: Pool, client_id: str) -> Client:
        """The app client with its settings of this moment. Raises `ResourceNotFoundException`."""
        generation, key = self._fresh(), (pool.id, client_id)
        kept = self._clients.get(key)
        if kept is not None:
            return kept
        try:
            found = await self.ask("DescribeUserPoolClient", pool.scope, UserPoolId=pool.id, ClientId=client_id)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            raise AwsError(error.code, f"User pool client {client_id} does not exist.") from error
        client = Client(client_id, found["UserPoolClient"], self._credentials.rotation(client_id))
        if generation == self._changes.generation(SERVICE):
            self._clients[key] = client
        return client

    async def user(self, pool: Pool, name: str) -> User | None:
        """The user that a user name, alias or sub means, or None.

        The engine finds a user name at once, but looks at every user for an alias: so aliases are remembered, and
        what was remembered is believed only as far as the user still says so.
        """
        if not name:
            return None
        name = self.spelled(pool, name)
        username = self._credentials.username_of(pool.id, name)
        if username is not None and username != name:
            user = await self._user(pool, username)
            if user is not None and _answers_to(pool, user, name):
                return user
        user = await self._user(pool, name)
        if user is not None and user.username != name:
            self._credentials.note_name(pool.id, name, user.username)
        return user

    def spelled(self, pool: Pool, name: str) -> str:
        """A name as the pool writes it: lower case where case does not matter."""
        return name if pool.is_case_sensitive else name.lower()

    async def groups(self, pool: Pool, user: User) -> list[Group]:
        """The user's groups, the most important first."""
        found = self._pages(
            pool.scope, "AdminListGroupsForUser", "Groups", {"UserPoolId": pool.id, "Username": user.username}, "Limit"
        )
        groups = [Group(one["GroupName"], one.get("RoleArn") or "", one.get("Precedence")) async for one in found]
        return sorted(groups, key=lambda group: (group.precedence is None, group.precedence or 0))

    async def set_attributes(self, pool: Pool, user: User, values: dict[str, str]) -> None:
        listed = [{"Name": name, "Value": value} for name, value in values.items()]
        await self.act("AdminUpdateUserAttributes", pool, user.username, UserAttributes=listed)
        self.note_aliases(pool, user.username, values)

    def note_aliases(self, pool: Pool, username: str, attributes: dict[str, str]) -> None:
        for name in {*pool.names("UsernameAttributes"), *pool.names("AliasAttributes")}:
            if attributes.get(name):
                self._credentials.note_name(pool.id, self.spelled(pool, attributes[name]), username)

    async def set_password(self, pool: Pool, user: User, password: str, *, permanent: bool) -> None:
        """A password that is not permanent must be changed at the first sign-in. Raises `InvalidPasswordException`,
        `PasswordHistoryPolicyViolationException`."""
        password_rules.check_policy(pool.settings, password)
        count = password_rules.remembered(pool.settings)
        if count and self._credentials.was_used(pool.id, user.sub, password, count):
            raise password_rules.used_before(count)
        await self.act("AdminSetUserPassword", pool, user.username, Password=password, Permanent=permanent)
        self._credentials.set_password(pool.id, user.sub, user.username, password)

    async def act(self, operation: str, pool: Pool, username: str, **params: Any) -> Any:
        """One of the operations on one user."""
        return await self.ask(operation, pool.scope, UserPoolId=pool.id, Username=username, **params)

    async def ask(self, operation: str, scope: Scope, **params: Any) -> Any:
        return await self._aws.call(SERVICE, operation, params, scope=scope)

    async def _user(self, pool: Pool, username: str) -> User | None:
        try:
            found = await self._found(pool, username)
        except AwsError as error:
            if error.code == "UserNotFoundException":
                return None
            raise
        return User(
            found["Username"],
            {one["Name"]: one["Value"] for one in found.get("UserAttributes") or [] if one.get("Value")},
            found.get("UserStatus", ""),
            found.get("Enabled", True),
            tuple(found.get("UserMFASettingList") or ()),
            found.get("PreferredMfaSetting") or "",
        )

    async def _found(self, pool: Pool, username: str) -> Any:
        for _ in range(limits.SCAN_TRIES - 1):
            try:
                return await self.act("AdminGetUser", pool, username)
            except AwsError as error:
                if not is_disturbed(error.message):
                    raise
        return await self.act("AdminGetUser", pool, username)

    def _fresh(self) -> int:
        """Forget settings that may have changed; returns the generation that is kept now."""
        generation = self._changes.generation(SERVICE)
        if generation != self._generation:
            self._generation = generation
            self._pools.clear()
            self._clients.clear()
        return generation

    async def _look_everywhere(self, found: Callable[[], bool]) -> None:
        """Note every pool and client of one scope after the other, until `found`."""
        for scope in self._scopes.likeliest():
            async for pool in self._pages(scope, "ListUserPools", "UserPools", {}):
                self._by_id[pool["Id"]] = scope
                params = {"UserPoolId": pool["Id"]}
                async for client in self._pages(scope, "ListUserPoolClients", "UserPoolClients", params):
                    self._by_client[client["ClientId"]] = (scope, pool["Id"])
            if found():
                return

    async def _pages(
        self, scope: Scope, operation: str, member: str, params: dict[str, Any], limit: str = "MaxResults"
    ) -> AsyncIterator[Any]:
        asked = {**params, limit: _PAGE}
        while True:
            page = await self._aws.call(SERVICE, operation, asked, scope=scope)
            for one in page.get(member) or []:
                yield one
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def _answers_to(pool: Pool, user: User, name: str) -> bool:
    """Whether an alias still means this user: addresses that are aliases count once they are verified."""
    for attribute in pool.names("UsernameAttributes"):
        if _same(pool, user.attributes.get(attribute), name):
            return True
    for attribute in pool.names("AliasAttributes"):
        verified = attribute == "preferred_username" or user.attributes.get(f"{attribute}_verified") == "true"
        if verified and _same(pool, user.attributes.get(attribute), name):
            return True
    return user.sub == name


def _same(pool: Pool, value: str | None, name: str) -> bool:
    return value is not None and (value if pool.is_case_sensitive else value.lower()) == name


def is_disturbed(message: str) -> bool:
    """Whether the engine looked at every user while another request added one: nothing was done, ask again."""
    return message == _DISTURBED
