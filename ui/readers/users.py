"""Cognito's user pools, by Cognito's own API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

PAGE = 50
SEARCHED = {"username": "Username", "email": "E-mail", "phone_number": "Phone", "name": "Name", "sub": "sub"}
"""Attributes by which ListUsers finds users: by their beginnings."""


@dataclass(frozen=True)
class PoolView:
    """One user pool. `users` is Cognito's estimate, `domain` the prefix or name of its hosted pages ("" for none)."""

    id: str
    name: str
    users: int
    mfa: str
    domain: str
    signs_in_with: tuple[str, ...]


@dataclass(frozen=True)
class ClientView:
    """One app client; `sign_in` is where its hosted sign-in begins ("" where it has none), `scopes` what it may ask
    for there."""

    id: str
    name: str
    flows: tuple[str, ...]
    sign_in: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserView:
    """One user. Times are epoch seconds; `groups` are read for one user only."""

    username: str
    status: str
    enabled: bool
    created: float
    changed: float
    attributes: dict[str, str]
    groups: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where codes go: the e-mail address, or the phone number."""
        return self.attributes.get("email") or self.attributes.get("phone_number") or ""


@dataclass(frozen=True)
class GroupView:
    """One group; `role` is the ARN of the role its members get in an identity pool ("" for none)."""

    name: str
    description: str
    precedence: int | None
    role: str


class Users:
    """What one account and region has. Methods raise botocore's `ClientError` as Cognito answers it."""

    def __init__(self, cognito: Any) -> None:
        self._cognito = cognito

    def pools(self, after: str = "") -> tuple[list[PoolView], str]:
        """A page of pools, and where the next page starts (empty: there is none)."""
        found = self._cognito.list_user_pools(MaxResults=PAGE, **({"NextToken": after} if after else {}))
        return [self.pool(each["Id"]) for each in found["UserPools"]], found.get("NextToken", "")

    def pool(self, pool: str) -> PoolView:
        found = self._cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
        return PoolView(
            id=found["Id"],
            name=found["Name"],
            users=found.get("EstimatedNumberOfUsers", 0),
            mfa=found.get("MfaConfiguration", "OFF"),
            domain=found.get("Domain", ""),
            signs_in_with=tuple(found.get("UsernameAttributes") or found.get("AliasAttributes") or ()),
        )

    def clients(self, pool: PoolView, region: str, endpoint: str) -> list[ClientView]:
        """The app clients of a pool, the first sixty. `endpoint` is the local cloud's address, "" on AWS."""
        return [self._client(pool, client, region, endpoint) for client in self.client_ids(pool.id)]

    def client_ids(self, pool: str) -> list[str]:
        """The ids of the app clients of a pool, the first sixty."""
        found = self._cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
        return [each["ClientId"] for each in found]

    def listed(self, pool: str, attribute: str, begins: str, after: str = "") -> tuple[list[UserView], str]:
        """A page of users, those of whom an attribute begins so if that is given."""
        asked: dict[str, Any] = {"UserPoolId": pool, "Limit": PAGE}
        if begins:
            quoted = begins.replace("\\", "\\\\").replace('"', '\\"')
            asked["Filter"] = f'{attribute} ^= "{quoted}"'
        if after:
            asked["PaginationToken"] = after
        found = self._cognito.list_users(**asked)
        return [_user(each, each.get("Attributes", [])) for each in found["Users"]], found.get("PaginationToken", "")

    def user(self, pool: str, username: str) -> UserView:
        found = self._cognito.admin_get_user(UserPoolId=pool, Username=username)
        groups = self._cognito.admin_list_groups_for_user(UserPoolId=pool, Username=username)["Groups"]
        return _user(found, found.get("UserAttributes", []), tuple(each["GroupName"] for each in groups))

    def groups(self, pool: str) -> list[GroupView]:
        """The groups of a pool, the first sixty."""
        found = self._cognito.list_groups(UserPoolId=pool, Limit=60)["Groups"]
        return [
            GroupView(each["GroupName"], each.get("Description", ""), each.get("Precedence"), each.get("RoleArn", ""))
            for each in found
        ]

    def create(self, pool: str, username: str, email: str, password: str) -> None:
        """Make a user, whom Cognito invites by mail with a temporary password; with a `password` given, that is set for
        good and no mail is sent."""
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}] if email else []
        silent = {"MessageAction": "SUPPRESS"} if password else {}
        self._cognito.admin_create_user(UserPoolId=pool, Username=username, UserAttributes=attributes, **silent)
        if password:
            self._cognito.admin_set_user_password(UserPoolId=pool, Username=username, Password=password, Permanent=True)

    def act(self, pool: str, username: str, what: str) -> None:
        """One of `ACTS` on a user."""
        getattr(self._cognito, ACTS[what][0])(UserPoolId=pool, Username=username)

    def join(self, pool: str, username: str, group: str, *, leave: bool) -> None:
        call = self._cognito.admin_remove_user_from_group if leave else self._cognito.admin_add_user_to_group
        call(UserPoolId=pool, Username=username, GroupName=group)

    def create_group(self, pool: str, name: str) -> None:
        self._cognito.create_group(UserPoolId=pool, GroupName=name)

    def _client(self, pool: PoolView, client: str, region: str, endpoint: str) -> ClientView:
        found = self._cognito.describe_user_pool_client(UserPoolId=pool.id, ClientId=client)["UserPoolClient"]
        flows = tuple(found.get("ExplicitAuthFlows") or ())
        address = sign_in_address(pool.domain, found, region, endpoint)
        return ClientView(client, found["ClientName"], flows, address, tuple(found.get("AllowedOAuthScopes") or ()))


ACTS: dict[str, tuple[str, str]] = {
    "confirm": ("admin_confirm_sign_up", "was confirmed"),
    "reset": ("admin_reset_user_password", "has to choose a new password, and was sent a code"),
    "disable": ("admin_disable_user", "may not sign in any more"),
    "enable": ("admin_enable_user", "may sign in again"),
    "sign-out": ("admin_user_global_sign_out", "was signed out everywhere"),
    "delete": ("admin_delete_user", "was deleted"),
}
"""What can be done to a user: the client's method, and what to say afterwards."""


def sign_in_address(domain: str, client: Mapping[str, Any], region: str, endpoint: str) -> str:
    """Where the hosted sign-in of an app client begins: on this machine, or on AWS without an `endpoint`. Empty for a
    client that may not use it.

    https://docs.aws.amazon.com/cognito/latest/developerguide/login-endpoint.html
    """
    callbacks, flows = client.get("CallbackURLs") or [], client.get("AllowedOAuthFlows") or []
    if not domain or not callbacks or not client.get("AllowedOAuthFlowsUserPoolClient"):
        return ""
    query = {
        "client_id": client["ClientId"],
        "response_type": "code" if "code" in flows else "token",
        "scope": " ".join(client.get("AllowedOAuthScopes") or []),
        "redirect_uri": client.get("DefaultRedirectURI") or callbacks[0],
    }
    if endpoint:
        host = f"http://{domain}.auth.{region}.localhost:{urlsplit(endpoint).port}"
    else:
        host = f"https://{domain}" if "." in domain else f"https://{domain}.auth.{region}.amazoncognito.com"
    return f"{host}/login?{urlencode(query)}"


def _user(found: dict[str, Any], attributes: list[dict[str, str]], groups: tuple[str, ...] = ()) -> UserView:
    return UserView(
        username=found["Username"],
        status=found["UserStatus"],
        enabled=found["Enabled"],
        created=found["UserCreateDate"].timestamp(),
        changed=found["UserLastModifiedDate"].timestamp(),
        attributes={each["Name"]: each.get("Value", "") for each in attributes},
        groups=groups,
    )
