"""UserMigration: a user who is not here yet is fetched from elsewhere, at a sign-in or a forgotten password.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.signin.desk import Call, Desk, Party
from groundcloud.signin.directory import User
from groundcloud.signin.triggers import invalid_response

_BLANK = {
    "userAttributes": None,
    "finalUserStatus": None,
    "messageAction": None,
    "desiredDeliveryMediums": None,
    "forceAliasCreation": None,
    "enableSMSMFA": None,
}


class Migration:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def at_sign_in(self, call: Call, party: Party, name: str, password: str) -> User | None:
        """The user the function knows by this name and password, now made here; None without such a function. Raises
        `NotAuthorizedException` when the function does not want the user."""
        return await self._migrated(call, party, "UserMigration_Authentication", name, password)

    async def at_forgotten_password(self, call: Call, party: Party, name: str) -> User | None:
        return await self._migrated(call, party, "UserMigration_ForgotPassword", name, "")

    async def _migrated(self, call: Call, party: Party, source: str, name: str, password: str) -> User | None:
        if not name or not self._desk.triggers.has(party.pool, "UserMigration"):
            return None
        given = call.data.get("ClientMetadata") or None
        request = {
            "userAttributes": None,
            "password": password or None,
            "validationData": given if password else None,
            "clientMetadata": None if password else given,
        }
        try:
            found = await self._desk.triggers.call(
                party.pool, "UserMigration", source, name, party.client.id, request, dict(_BLANK)
            )
        except AwsError as error:
            if error.code == "UserLambdaValidationException" and party.client.hides_users:
                return None
            raise
        attributes = found.get("userAttributes")
        if not attributes:
            raise AwsError("UserNotFoundException", "Exception migrating user in app client " + party.client.id)
        if not isinstance(attributes, dict):
            raise invalid_response()
        return await self._made(party, name, {str(k): str(v) for k, v in attributes.items()}, found, password)

    async def _made(
        self, party: Party, name: str, attributes: dict[str, str], found: dict[str, Any], password: str
    ) -> User:
        attributes.pop("username", None)
        listed = [{"Name": key, "Value": value} for key, value in attributes.items() if key != "sub"]
        pool, status = party.pool, str(found.get("finalUserStatus") or "")
        made = await self._desk.directory.act(
            "AdminCreateUser",
            pool,
            self._desk.directory.spelled(pool, name),
            UserAttributes=listed,
            MessageAction="SUPPRESS",
        )
        user = await self._desk.known_user(pool, made["User"]["Username"])
        self._desk.directory.note_aliases(pool, user.username, user.attributes)
        if password and status == "CONFIRMED":
            await self._keep_password(party, user, password)
        else:
            if password:
                self._desk.credentials.set_password(pool.id, user.sub, user.username, password)
            await self._desk.directory.act("AdminResetUserPassword", pool, user.username)
        return await self._desk.known_user(pool, user.username)

    async def _keep_password(self, party: Party, user: User, password: str) -> None:
        """The user's own password, whatever the policy here says of it: it was good where the user comes from."""
        directory = self._desk.directory
        try:
            await directory.set_password(party.pool, user, password, permanent=True)
        except AwsError as error:
            if error.code != "InvalidPasswordException":
                raise
            await directory.act("AdminConfirmSignUp", party.pool, user.username)
            self._desk.credentials.set_password(party.pool.id, user.sub, user.username, password)
