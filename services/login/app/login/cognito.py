"""The way to the user pool's API: as the person, with their access token, and as the server, with its role."""

from functools import cached_property
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from flask import current_app
from werkzeug.local import LocalProxy

from .settings import Settings

PAGE = 20
"""Users on one page of a list."""


class Cognito:
    """Raises botocore's `ClientError` as it comes; `NotAuthorizedException` is a token that is good no more."""

    def __init__(self, settings: Settings) -> None:
        self._pool, self._region = settings.user_pool_id, settings.region

    @cached_property
    def _person(self) -> Any:
        return boto3.client("cognito-idp", self._region, config=Config(signature_version=UNSIGNED))

    @cached_property
    def _server(self) -> Any:
        return boto3.client("cognito-idp", self._region)

    def attributes(self, token: str) -> dict[str, str]:
        return named(self._person.get_user(AccessToken=token)["UserAttributes"])

    def change_attributes(self, token: str, values: dict[str, str]) -> None:
        given = [{"Name": name, "Value": value} for name, value in values.items()]
        self._person.update_user_attributes(AccessToken=token, UserAttributes=given)

    def sign_out_everywhere(self, token: str) -> None:
        self._person.global_sign_out(AccessToken=token)

    def delete(self, token: str) -> None:
        self._person.delete_user(AccessToken=token)

    def groups(self) -> list[str]:
        return [group["GroupName"] for group in self._server.list_groups(UserPoolId=self._pool)["Groups"]]

    def users(self, group: str = "", after: str = "") -> tuple[list[dict[str, Any]], str]:
        """One page of users, of a group or of all, and the token of the next page or ""."""
        page = {"UserPoolId": self._pool, "Limit": PAGE}
        if group:
            following = {"NextToken": after} if after else {}
            found = self._server.list_users_in_group(GroupName=group, **page, **following)
        else:
            following = {"PaginationToken": after} if after else {}
            found = self._server.list_users(**page, **following)
        users = [{**user, "attributes": named(user["Attributes"])} for user in found["Users"]]
        return users, found.get("NextToken") or found.get("PaginationToken") or ""

    def sign_out_user(self, username: str) -> str:
        """End every sign-in of a user; their `sub`."""
        who = {"UserPoolId": self._pool, "Username": username}
        self._server.admin_user_global_sign_out(**who)
        return named(self._server.admin_get_user(**who)["UserAttributes"])["sub"]

    def change_group(self, username: str, group: str, member: bool) -> None:
        change = self._server.admin_add_user_to_group if member else self._server.admin_remove_user_from_group
        change(UserPoolId=self._pool, Username=username, GroupName=group)


def named(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in attributes}


cognito: Cognito = LocalProxy(lambda: current_app.extensions["cognito"])  # type: ignore[assignment]
"""That of the application that serves this request."""
