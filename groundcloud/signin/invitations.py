"""AdminCreateUser: a user made by an administrator, and the message that tells them the temporary password.

https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-create-user-accounts.html
"""

from __future__ import annotations

import secrets
import string
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import errors, limits
from groundcloud.signin.attribute_rules import check_values, named_values
from groundcloud.signin.desk import Call, Desk, shown_name
from groundcloud.signin.directory import Pool, User
from groundcloud.signin.messages import customized, invitation_deliveries, invitation_message
from groundcloud.signin.password_rules import check_policy
from groundcloud.signin.sign_up import refuse_alias_as_username
from groundcloud.signin.triggers import NO_CLIENT, metadata

_SYMBOLS = "!@#$%^&*"
_MUST_CHANGE = "FORCE_CHANGE_PASSWORD"
_BLANK = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}


class InvitationFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def admin_create_user(self, call: Call) -> Response | None:
        pool = await self._desk.directory.pool((call.scope, call.text("UserPoolId")))
        again = call.text("MessageAction") == "RESEND"
        password = call.text("TemporaryPassword") or temporary_password(pool.settings)
        user = await (self._invited_before(call, pool) if again else self._made(call, pool, password))
        if again:
            await self._desk.directory.set_password(pool, user, password, permanent=False)
        if call.text("MessageAction") != "SUPPRESS":
            await self._invite(call, pool, user, password)
        found = await self._desk.directory.act("AdminGetUser", pool, user.username)
        found["Attributes"] = found.pop("UserAttributes", [])
        shown = ("Username", "Attributes", "UserCreateDate", "UserLastModifiedDate", "Enabled", "UserStatus")
        return errors.answer({"User": {name: _plain(found[name]) for name in shown if name in found}})

    async def _invited_before(self, call: Call, pool: Pool) -> User:
        _, user = await self._desk.admin_user(call)
        if user.status != _MUST_CHANGE:
            raise AwsError(
                "UnsupportedUserStateException",
                f"Resend not possible. {shown_name(pool, user)} status is not {_MUST_CHANGE}",
            )
        return user

    async def _made(self, call: Call, pool: Pool, password: str) -> User:
        name = self._desk.directory.spelled(pool, call.text("Username"))
        refuse_alias_as_username(pool, name)
        attributes = named_values(call.data.get("UserAttributes"))
        check_values(pool, attributes)
        check_policy(pool.settings, password)
        attributes |= await self._pre_sign_up(call, pool, name, attributes)
        await self._claim_aliases(call, pool, attributes)
        # The engine sends nothing and calls nobody: that is done here, in AWS's way.
        made = await self._desk.directory.act(
            "AdminCreateUser",
            pool,
            name,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
        )
        user = await self._desk.known_user(pool, made["User"]["Username"])
        self._desk.credentials.set_password(pool.id, user.sub, user.username, password)
        self._desk.directory.note_aliases(pool, user.username, user.attributes)
        return user

    async def _pre_sign_up(self, call: Call, pool: Pool, name: str, attributes: dict[str, str]) -> dict[str, str]:
        """The attributes that the pool's function verifies by itself.

        https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
        """
        request = {
            "userAttributes": attributes,
            "validationData": named_values(call.data.get("ValidationData")) or None,
            **metadata(call.data.get("ClientMetadata")),
        }
        source = "PreSignUp_AdminCreateUser"
        wanted = await self._desk.triggers.call(pool, "PreSignUp", source, name, NO_CLIENT, request, _BLANK)
        verified = {}
        if wanted.get("autoVerifyEmail") and attributes.get("email"):
            verified["email_verified"] = "true"
        if wanted.get("autoVerifyPhone") and attributes.get("phone_number"):
            verified["phone_number_verified"] = "true"
        return verified

    async def _claim_aliases(self, call: Call, pool: Pool, attributes: dict[str, str]) -> None:
        """A verified address that is another user's alias is refused, or moved by `ForceAliasCreation`."""
        for name in pool.names("AliasAttributes"):
            if attributes.get(f"{name}_verified", "").lower() != "true" and name != "preferred_username":
                continue
            holder = await self._desk.directory.user(pool, attributes.get(name, ""))
            if holder is None:
                continue
            if call.data.get("ForceAliasCreation") is not True:
                called = name.replace("_", " ")
                raise AwsError("AliasExistsException", f"An account with the {called} already exists.")
            await self._desk.directory.set_attributes(pool, holder, {f"{name}_verified": "false"})

    async def _invite(self, call: Call, pool: Pool, user: User, password: str) -> None:
        deliveries = invitation_deliveries(_names(call.data.get("DesiredDeliveryMediums")), user.attributes)
        if not deliveries:
            return
        custom = await self._desk.custom_message(
            pool, user, "CustomMessage_AdminCreateUser", NO_CLIENT, call.data.get("ClientMetadata"), invites=True
        )
        name = shown_name(pool, user)
        for delivery in deliveries:
            message = customized(pool.settings, delivery, custom, name, password) or invitation_message(
                pool.settings, delivery, name, password
            )
            await self._desk.send(message, delivery, None)


def temporary_password(pool: dict[str, Any]) -> str:
    """A random password that meets any policy a pool can have: long enough, with every kind of character."""
    policy = (pool.get("Policies") or {}).get("PasswordPolicy") or {}
    kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS]
    length = max(limits.TEMPORARY_PASSWORD_LENGTH, int(policy.get("MinimumLength") or 0))
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _ in range(length - len(kinds))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _plain(value: Any) -> Any:
    """A parsed time as the JSON protocol writes it."""
    return value.timestamp() if hasattr(value, "timestamp") else value


def _names(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
