"""SignUp, ResendConfirmationCode, ConfirmSignUp.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

from __future__ import annotations

import json

from groundcloud.http import Response
from groundcloud.signin import errors, limits
from groundcloud.signin.codes import SIGN_UP, CodeKey
from groundcloud.signin.desk import ENGINES_SIGN_UP_CODE, NEVER_RIGHT, Call, Desk, simulated_delivery
from groundcloud.signin.messages import sign_up_delivery
from groundcloud.signin.triggers import Triggers

_UNCONFIRMED = "UNCONFIRMED"


class SignUpFlow:
    def __init__(self, desk: Desk, triggers: Triggers) -> None:
        self._desk = desk
        self._triggers = triggers

    async def sign_up(self, call: Call) -> Response | None:
        pool = await self._desk.pool_of_client(call)
        if pool is None:
            return None
        refuse_verified_flags(call.data.get("UserAttributes"))
        response = await self._desk.forward(call, pool)
        if response.status != 200:
            return response
        result = json.loads(response.body)
        # The engine claims a delivery whether the pool verifies the address or not, and shows it unmasked.
        result.pop("CodeDeliveryDetails", None)
        user = await self._desk.directory.user(pool, result["UserSub"])
        delivery = sign_up_delivery(pool.settings, user.attributes) if user else None
        if user and delivery and not result["UserConfirmed"]:
            result["CodeDeliveryDetails"] = await self._desk.send_code(
                pool, user, SIGN_UP, delivery, limits.SIGN_UP_CODE_SECONDS
            )
        return errors.answer(result)

    async def resend(self, call: Call) -> Response | None:
        pool = await self._desk.pool_of_client(call)
        if pool is None:
            return None
        response = await self._desk.forward(call, pool)
        if response.status != 200:
            return response
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None:
            return simulated_delivery(call.text("Username"))
        if user.status != _UNCONFIRMED:
            raise errors.invalid_parameter("User is already confirmed.")
        delivery = sign_up_delivery(pool.settings, user.attributes)
        if delivery is None:
            raise errors.invalid_parameter("Cannot resend codes. Auto verification not turned on.")
        details = await self._desk.send_code(pool, user, SIGN_UP, delivery, limits.SIGN_UP_CODE_SECONDS)
        return errors.answer({"CodeDeliveryDetails": details})

    async def confirm(self, call: Call) -> Response | None:
        pool = await self._desk.pool_of_client(call)
        if pool is None:
            return await self._desk.without_the_code(call)
        user = await self._desk.directory.user(pool, call.text("Username"))
        if user is None or user.status != _UNCONFIRMED:
            return await self._desk.forward(call, pool, ConfirmationCode=NEVER_RIGHT)
        key = CodeKey(pool.id, user.sub, SIGN_UP)
        response, issued = await self._desk.confirm(call, pool, key, ENGINES_SIGN_UP_CODE)
        if issued:
            # The user has shown that the address is theirs; the engine leaves the attribute alone.
            await self._desk.directory.set_attributes(pool, user, {f"{issued.attribute}_verified": "true"})
            confirmed = await self._desk.directory.user(pool, user.username) or user
            await self._triggers.confirmed(pool, confirmed, call.text("ClientId"), call.data.get("ClientMetadata"))
        return response

    async def admin_confirm(self, call: Call) -> Response | None:
        place = await self._desk.directory.place_of_pool(call.text("UserPoolId"))
        pool = await self._desk.directory.pool(place) if place else None
        user = await self._desk.directory.user(pool, call.text("Username")) if pool else None
        if pool is None or user is None:
            return None
        response = await self._desk.engine.request(call.request)
        if response.status == 200:
            await self._triggers.confirmed(pool, user, "CLIENT_ID_NOT_APPLICABLE", call.data.get("ClientMetadata"))
        return response


def refuse_verified_flags(attributes: object) -> None:
    """Users may not say of their own addresses that they were verified. Raises `NotAuthorizedException`.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
    """
    for one in attributes if isinstance(attributes, list) else []:
        if isinstance(one, dict) and one.get("Name") in ("email_verified", "phone_number_verified"):
            raise errors.not_authorized("A client attempted to write unauthorized attribute")
