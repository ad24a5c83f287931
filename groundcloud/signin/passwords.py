"""ForgotPassword, ConfirmForgotPassword, ChangePassword; AdminResetUserPassword, AdminSetUserPassword.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import client_secret, errors, limits
from groundcloud.signin.codes import RESET, CodeKey
from groundcloud.signin.desk import Call, Desk, simulated_delivery
from groundcloud.signin.directory import Pool, User
from groundcloud.signin.messages import Delivery, admin_only_recovery, recovery_delivery
from groundcloud.signin.migration import Migration
from groundcloud.signin.triggers import NO_CLIENT, metadata, user_attributes


class PasswordFlow:
    def __init__(self, desk: Desk, migration: Migration) -> None:
        self._desk = desk
        self._migration = migration

    async def forgot(self, call: Call) -> Response | None:
        party = await self._desk.party(call)
        name = call.text("Username")
        client_secret.check_hash(party.client, name, call.data.get("SecretHash"))
        user = await self._desk.directory.user(party.pool, name)
        if user is None:
            user = await self._migration.at_forgotten_password(call, party, name)
        try:
            if user is None:
                raise errors.client_combination_not_found()
            delivery = _way_to(party.pool, user)
        except AwsError:
            if party.client.hides_users:
                return simulated_delivery(name)
            raise
        details = await self._desk.send_code(
            party.pool,
            user,
            RESET,
            delivery,
            limits.RESET_CODE_SECONDS,
            "CustomMessage_ForgotPassword",
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
        key = CodeKey(pool.id, user.sub, RESET)
        issued = self._desk.codes.check(key, call.text("ConfirmationCode"))
        await self._desk.directory.set_password(pool, user, call.text("Password"), permanent=True)
        self._desk.codes.consume(key)
        self._desk.lockout.succeeded(pool.id, user.sub)
        if user.attributes.get(f"{issued.attribute}_verified") != "true":
            await self._desk.directory.set_attributes(pool, user, {f"{issued.attribute}_verified": "true"})
        user = await self._desk.known_user(pool, user.username)
        await self._desk.triggers.call(
            pool,
            "PostConfirmation",
            "PostConfirmation_ConfirmForgotPassword",
            user.username,
            party.client.id,
            {"userAttributes": user_attributes(user), **metadata(call.data.get("ClientMetadata"))},
        )
        return errors.answer({})

    async def change(self, call: Call) -> Response | None:
        """ChangePassword (API_ChangePassword.html): the old password is checked before the new one's form is."""
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        pool, user = signed_in.pool, signed_in.user
        previous = call.text("PreviousPassword")
        if not previous:
            raise errors.invalid_parameter("Missing required parameter OldPassword")
        self._desk.lockout.check(pool.id, user.sub)
        if not await self._desk.is_password(pool, user, previous):
            self._desk.lockout.failed(pool.id, user.sub)
            raise errors.wrong_password()
        self._desk.lockout.succeeded(pool.id, user.sub)
        await self._desk.directory.set_password(pool, user, call.text("ProposedPassword"), permanent=True)
        return errors.answer({})

    async def admin_set(self, call: Call) -> Response | None:
        """AdminSetUserPassword (API_AdminSetUserPassword.html)."""
        pool, user = await self._desk.admin_user(call)
        permanent = call.data.get("Permanent") is True
        await self._desk.directory.set_password(pool, user, call.text("Password"), permanent=permanent)
        self._desk.lockout.succeeded(pool.id, user.sub)
        return errors.answer({})

    async def admin_reset(self, call: Call) -> Response | None:
        """AdminResetUserPassword: the user has to choose a new password, by a code that is sent now."""
        pool, user = await self._desk.admin_user(call)
        delivery = recovery_delivery(pool.settings, user.attributes)
        if delivery is None:
            raise errors.no_recovery_channel()
        await self._desk.directory.act("AdminResetUserPassword", pool, user.username)
        await self._desk.send_code(
            pool,
            user,
            RESET,
            delivery,
            limits.RESET_CODE_SECONDS,
            "CustomMessage_ForgotPassword",
            client_id=NO_CLIENT,
            client_metadata=call.data.get("ClientMetadata"),
        )
        self._desk.tokens.sign_out(pool, user)
        return errors.answer({})


def _way_to(pool: Pool, user: User) -> Delivery:
    """Where this user's reset code goes. Raises AWS's refusal when it may not go anywhere."""
    if not user.enabled:
        raise errors.not_authorized("User is disabled.")
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise errors.not_authorized("User password cannot be reset in the current state.")
    if admin_only_recovery(pool.settings):
        raise errors.not_authorized("Contact administrator to reset password.")
    delivery = recovery_delivery(pool.settings, user.attributes)
    if delivery is None:
        raise errors.no_recovery_channel()
    return delivery
