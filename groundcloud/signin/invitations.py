"""AdminCreateUser: the mail that tells a new user the temporary password.

https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-create-user-accounts.html
"""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import limits
from groundcloud.signin.desk import Call, Desk, shown_name
from groundcloud.signin.messages import invitation_deliveries, invitation_message

_SYMBOLS = "!@#$%^&*"
_MUST_CHANGE = "FORCE_CHANGE_PASSWORD"


class InvitationFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def admin_create_user(self, call: Call) -> Response | None:
        """The caller's own request goes to the engine first: it decides whether the caller may do this. The password
        is set afterwards when the caller named none, because the engine keeps the one it makes up to itself."""
        response = await self._desk.engine.request(call.request)
        if response.status != 200 or call.text("MessageAction") == "SUPPRESS":
            return response
        pool = await self._desk.directory.pool((call.scope, call.text("UserPoolId")))
        user = await self._desk.directory.user(pool, json.loads(response.body)["User"]["Username"])
        if user is None:
            return response
        again = call.text("MessageAction") == "RESEND"
        if again and user.status != _MUST_CHANGE:
            raise AwsError(
                "UnsupportedUserStateException",
                f"Resend not possible. {shown_name(pool, user)} status is not {_MUST_CHANGE}",
            )
        deliveries = invitation_deliveries(_names(call.data.get("DesiredDeliveryMediums")), user.attributes)
        if not deliveries:
            return response
        password = call.text("TemporaryPassword")
        if again or not password:
            password = password or temporary_password(pool.settings)
            await self._desk.directory.set_temporary_password(pool, user, password)
        for delivery in deliveries:
            message = invitation_message(pool.settings, delivery, shown_name(pool, user), password)
            await self._desk.send(message, delivery, None)
        return response


def temporary_password(pool: dict[str, Any]) -> str:
    """A random password that meets any policy a pool can have: long enough, with every kind of character."""
    policy = (pool.get("Policies") or {}).get("PasswordPolicy") or {}
    kinds = [string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS]
    length = max(limits.TEMPORARY_PASSWORD_LENGTH, int(policy.get("MinimumLength") or 0))
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _ in range(length - len(kinds))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _names(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
