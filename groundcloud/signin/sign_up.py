"""SignUp, ResendConfirmationCode, ConfirmSignUp.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import client_secret, errors, limits
from groundcloud.signin.attribute_rules import check_required, check_written, named_values
from groundcloud.signin.codes import SIGN_UP, CodeKey
from groundcloud.signin.desk import Call, Desk, Party, simulated_delivery
from groundcloud.signin.directory import Pool, User, is_disturbed
from groundcloud.signin.messages import sign_up_delivery
from groundcloud.signin.password_rules import check_policy
from groundcloud.signin.triggers import NO_CLIENT, metadata, user_attributes

_UNCONFIRMED = "UNCONFIRMED"
_BLANK = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
_LOOKS_LIKE = {"email": re.compile(r"[^@\s]+@[^@\s]+"), "phone_number": re.compile(r"\+[0-9]+")}
_CALLED = {"email": "email", "phone_number": "phone number", "preferred_username": "preferred username"}


class SignUpFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def sign_up(self, call: Call) -> Response | None:
        party = await self._desk.party(call)
        pool, name = party.pool, self._desk.directory.spelled(party.pool, call.text("Username"))
        client_secret.check_hash(party.client, call.text("Username"), call.data.get("SecretHash"))
        if (pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            raise errors.not_authorized("SignUp is not permitted for this user pool")
        refuse_alias_as_username(pool, name)
        given = named_values(call.data.get("UserAttributes"))
        check_written(pool, party.client, given)
        check_required(pool, {**dict.fromkeys(pool.names("UsernameAttributes"), name), **given})
        check_policy(pool.settings, call.text("Password"))
        result = await self._create(call, party, name)
        # By its own name: by anything else the engine would look at every user.
        user = await self._desk.known_user(pool, result["UserSub"] if pool.names("UsernameAttributes") else name)
        self._desk.credentials.set_password(pool.id, user.sub, user.username, call.text("Password"))
        self._desk.directory.note_aliases(pool, user.username, user.attributes)
        if result["UserConfirmed"]:
            await self._confirmed(call, pool, user, party.client.id)
        delivery = sign_up_delivery(pool.settings, user.attributes)
        if delivery and not result["UserConfirmed"]:
            result["CodeDeliveryDetails"] = await self._desk.send_code(
                pool,
                user,
                SIGN_UP,
                delivery,
                limits.SIGN_UP_CODE_SECONDS,
                "CustomMessage_SignUp",
                client_id=party.client.id,
                client_metadata=call.data.get("ClientMetadata"),
            )
        return errors.answer(result)

    async def _create(self, call: Call, party: Party, name: str) -> dict[str, Any]:
        """The user, made by the engine, which asks for the pre sign-up function in the middle: we call it for it."""
        refusal: list[AwsError] = []

        async def hear(event: dict[str, Any]) -> dict[str, Any]:
            try:
                return {"response": await self._pre_sign_up(call, party, event)}
            except AwsError as error:
                refusal.append(error)
                raise

        forwarded = {**call.data, "Username": name}
        forwarded.pop("SecretHash", None)
        if party.client.secret:
            forwarded["SecretHash"] = call.text("SecretHash")
        function = self._desk.triggers.function(party.pool, "PreSignUp")
        for _ in range(limits.SCAN_TRIES):
            response = await self._desk.send_on(call, party.pool.scope, forwarded, hear, function)
            if refusal:
                raise refusal[0]
            result: dict[str, Any] = json.loads(response.body)
            if not is_disturbed(str(result.get("message"))):
                break
        if response.status != 200:
            raise _refused(party.pool, name, result)
        # The engine claims a delivery whether the pool verifies the address or not, and shows it unmasked.
        result.pop("CodeDeliveryDetails", None)
        return result

    async def _pre_sign_up(self, call: Call, party: Party, event: dict[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html"""
        attributes = {name: value for name, value in event["request"]["userAttributes"].items() if name != "sub"}
        request = {
            "userAttributes": attributes,
            "validationData": named_values(call.data.get("ValidationData")) or None,
            **metadata(call.data.get("ClientMetadata")),
        }
        source, name = "PreSignUp_SignUp", str(event["userName"])
        return await self._desk.triggers.call(party.pool, "PreSignUp", source, name, party.client.id, request, _BLANK)

    async def resend(self, call: Call) -> Response | None:
        party = await self._desk.party(call)
        pool = party.pool
        client_secret.check_hash(party.client, call.text("Username"), call.data.get("SecretHash"))
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None:
            if party.client.hides_users:
                return simulated_delivery(call.text("Username"))
            raise errors.client_combination_not_found()
        if user.status != _UNCONFIRMED:
            raise errors.invalid_parameter("User is already confirmed.")
        delivery = sign_up_delivery(pool.settings, user.attributes)
        if delivery is None:
            raise errors.invalid_parameter("Cannot resend codes. Auto verification not turned on.")
        details = await self._desk.send_code(
            pool,
            user,
            SIGN_UP,
            delivery,
            limits.SIGN_UP_CODE_SECONDS,
            "CustomMessage_ResendCode",
            client_id=party.client.id,
            client_metadata=call.data.get("ClientMetadata"),
        )
        return errors.answer({"CodeDeliveryDetails": details})

    async def confirm(self, call: Call) -> Response | None:
        party = await self._desk.party(call)
        pool = party.pool
        client_secret.check_hash(party.client, call.text("Username"), call.data.get("SecretHash"))
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None:
            raise errors.code_mismatch() if party.client.hides_users else errors.client_combination_not_found()
        if user.status != _UNCONFIRMED:
            raise errors.not_authorized(f"User cannot be confirmed. Current status is {user.status}")
        key = CodeKey(pool.id, user.sub, SIGN_UP)
        issued = self._desk.codes.check(key, call.text("ConfirmationCode"))
        if issued.attribute in pool.names("AliasAttributes"):
            await self._claim_alias(call, pool, user, issued.attribute)
        # Spent before it is used: the awaits below must not let a second request spend it again.
        self._desk.codes.consume(key)
        await self._desk.directory.act("AdminConfirmSignUp", pool, user.username)
        # The user has shown that the address is theirs; the engine leaves the attribute alone.
        await self._desk.directory.set_attributes(pool, user, {f"{issued.attribute}_verified": "true"})
        confirmed = await self._desk.known_user(pool, user.username)
        await self._confirmed(call, pool, confirmed, party.client.id)
        return errors.answer({})

    async def _claim_alias(self, call: Call, pool: Pool, user: User, attribute: str) -> None:
        """An address can be the alias of one user only: `ForceAliasCreation` takes it away from the other one."""
        holder = await self._desk.directory.user(pool, user.attributes.get(attribute, ""))
        if holder is None or holder.sub == user.sub:
            return
        if call.data.get("ForceAliasCreation") is not True:
            raise AwsError("AliasExistsException", f"An account with the {_CALLED[attribute]} already exists.")
        await self._desk.directory.set_attributes(pool, holder, {f"{attribute}_verified": "false"})

    async def admin_confirm(self, call: Call) -> Response | None:
        pool, user = await self._desk.admin_user(call)
        if user.status != _UNCONFIRMED:
            raise errors.not_authorized(f"User cannot be confirmed. Current status is {user.status}")
        await self._desk.directory.act("AdminConfirmSignUp", pool, user.username)
        await self._confirmed(call, pool, await self._desk.known_user(pool, user.username), NO_CLIENT)
        return errors.answer({})

    async def _confirmed(self, call: Call, pool: Pool, user: User, client_id: str) -> None:
        await self._desk.triggers.call(
            pool,
            "PostConfirmation",
            "PostConfirmation_ConfirmSignUp",
            user.username,
            client_id,
            {"userAttributes": user_attributes(user), **metadata(call.data.get("ClientMetadata"))},
        )


def refuse_alias_as_username(pool: Pool, username: str) -> None:
    """A user name may not look like an alias of the pool: nobody could tell which it is."""
    for attribute in pool.names("AliasAttributes"):
        if attribute in _LOOKS_LIKE and _LOOKS_LIKE[attribute].fullmatch(username):
            called = _CALLED[attribute]
            raise errors.invalid_parameter(
                f"Username cannot be of {called} format, since user pool is configured for {called} alias."
            )


def _refused(pool: Pool, name: str, error: dict[str, Any]) -> AwsError:
    code, message = str(error.get("__type", "")), str(error.get("message", ""))
    if code == "UsernameExistsException" and pool.names("UsernameAttributes"):
        called = "email" if "@" in name else "phone number"
        message = f"An account with the given {called} already exists."
    if code == "UserLambdaValidationException":
        # The engine did not come as far as calling it.
        return AwsError(
            "UnexpectedLambdaException", "PreSignUp invocation failed due to error ResourceNotFoundException."
        )
    return AwsError(code, message)
