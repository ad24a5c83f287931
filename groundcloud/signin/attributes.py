"""UpdateUserAttributes, GetUserAttributeVerificationCode, VerifyUserAttribute.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
The engine has no operation for the last two; here they are whole.
"""

from __future__ import annotations

from typing import Any

from groundcloud.http import Response
from groundcloud.signin import errors, limits
from groundcloud.signin.codes import CodeKey, verification_of
from groundcloud.signin.desk import Call, Desk
from groundcloud.signin.directory import Pool, User, pool_id_of_token
from groundcloud.signin.messages import CHANNELS, Delivery
from groundcloud.signin.sign_up import refuse_verified_flags


class AttributeFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def update(self, call: Call) -> Response | None:
        """A new address counts as unverified and gets a code; where the pool wants the old one kept until then, the
        new one waits with its code."""
        wanted = _named_values(call.data.get("UserAttributes"))
        if not any(name in CHANNELS or name.endswith("_verified") for name in wanted):
            return None
        pool, user = await self._signed_in(call)
        refuse_verified_flags(call.data["UserAttributes"])
        changed = {name: value for name, value in wanted.items() if name in CHANNELS and value}
        changed = {name: value for name, value in changed.items() if value != user.attributes.get(name)}
        verified = pool.names("AutoVerifiedAttributes")
        waiting = [name for name in changed if name in verified and name in _verified_before_update(pool)]
        response = await self._write(call, pool, waiting)
        if response is not None and response.status != 200:
            return response
        unproven = {f"{name}_verified": "false" for name in changed if name not in waiting}
        if unproven:
            await self._desk.directory.set_attributes(pool, user, unproven)
        details = [
            await self._send(pool, user, Delivery(name, value), value if name in waiting else None)
            for name, value in changed.items()
            if name in verified
        ]
        return errors.answer({"CodeDeliveryDetailsList": details})

    async def send_code(self, call: Call) -> Response | None:
        pool, user = await self._signed_in(call)
        name = _channel(call)
        address = user.attributes.get(name)
        if not address:
            raise errors.invalid_parameter(f"User does not have a value for the attribute {name}")
        details = await self._send(pool, user, Delivery(name, address), None)
        return errors.answer({"CodeDeliveryDetails": details})

    async def verify(self, call: Call) -> Response | None:
        pool, user = await self._signed_in(call)
        name = _channel(call)
        key = CodeKey(pool.id, user.sub, verification_of(name))
        issued = self._desk.codes.check(key, call.text("Code"))
        proven = {f"{name}_verified": "true"}
        if issued.pending:
            proven[name] = issued.pending
        # Spent before it is used: the awaits below must not let a second request spend it again.
        self._desk.codes.consume(key)
        await self._desk.directory.set_attributes(pool, user, proven)
        return errors.answer({})

    async def _signed_in(self, call: Call) -> tuple[Pool, User]:
        token = call.text("AccessToken")
        place = await self._desk.directory.place_of_pool(pool_id_of_token(token))
        if place is None:
            raise errors.not_authorized("Invalid Access Token")
        pool = await self._desk.directory.pool(place)
        return pool, await self._desk.directory.signed_in_user(pool, token)

    async def _write(self, call: Call, pool: Pool, waiting: list[str]) -> Response | None:
        """The engine's answer to the attributes that are written now; None when all of them wait."""
        now = [one for one in call.data["UserAttributes"] if one["Name"] not in waiting]
        return await self._desk.forward(call, pool, UserAttributes=now) if now else None

    async def _send(self, pool: Pool, user: User, delivery: Delivery, pending: str | None) -> dict[str, object]:
        purpose = verification_of(delivery.attribute)
        return await self._desk.send_code(pool, user, purpose, delivery, limits.ATTRIBUTE_CODE_SECONDS, pending)


def _named_values(attributes: object) -> dict[str, str]:
    """Name to value; empty when the list is not in order, which the engine then refuses."""
    if not isinstance(attributes, list) or not all(isinstance(one, dict) and "Name" in one for one in attributes):
        return {}
    pairs: list[dict[str, Any]] = attributes
    return {str(one["Name"]): str(one.get("Value") or "") for one in pairs}


def _verified_before_update(pool: Pool) -> list[str]:
    settings = pool.settings.get("UserAttributeUpdateSettings") or {}
    return list(settings.get("AttributesRequireVerificationBeforeUpdate") or [])


def _channel(call: Call) -> str:
    name = call.text("AttributeName")
    if name not in CHANNELS:
        raise errors.invalid_parameter("Invalid attribute name: only email and phone_number can be verified.")
    return name
