"""ForgotPassword, ConfirmForgotPassword, AdminResetUserPassword.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import errors, limits
from groundcloud.signin.codes import RESET, CodeKey
from groundcloud.signin.desk import ENGINES_RESET_CODE, NEVER_RIGHT, Call, Desk, simulated_delivery
from groundcloud.signin.directory import Pool, User
from groundcloud.signin.messages import Delivery, admin_only_recovery, recovery_delivery


class PasswordFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def forgot(self, call: Call) -> Response | None:
        pool = await self._desk.pool_of_client(call)
        if pool is None:
            return None
        # First the engine: it knows the client's secret, and it has to expect a reset from now on.
        response = await self._desk.forward(call, pool)
        if response.status != 200:
            return response
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None:
            return simulated_delivery(call.text("Username"))
        try:
            delivery = _way_to(pool, user)
        except AwsError:
            if await self._desk.directory.hides_users(pool, call.text("ClientId")):
                return simulated_delivery(call.text("Username"))
            raise
        details = await self._desk.send_code(pool, user, RESET, delivery, limits.RESET_CODE_SECONDS)
        return errors.answer({"CodeDeliveryDetails": details})

    async def confirm(self, call: Call) -> Response | None:
        pool = await self._desk.pool_of_client(call)
        if pool is None:
            return await self._desk.without_the_code(call)
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None:
            return await self._desk.forward(call, pool, ConfirmationCode=NEVER_RIGHT)
        key = CodeKey(pool.id, user.sub, RESET)
        response, _ = await self._desk.confirm(call, pool, key, ENGINES_RESET_CODE)
        return response

    async def admin_reset(self, call: Call) -> Response | None:
        """The caller's own request goes to the engine first: it decides whether the caller may do this."""
        response = await self._desk.engine.request(call.request)
        if response.status != 200:
            return response
        pool = await self._desk.directory.pool((call.scope, call.text("UserPoolId")))
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None:
            return response
        delivery = recovery_delivery(pool.settings, user.attributes)
        if delivery is None:
            raise errors.no_recovery_channel()
        await self._desk.send_code(pool, user, RESET, delivery, limits.RESET_CODE_SECONDS)
        return response


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
