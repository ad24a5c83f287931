"""UpdateUserAttributes, GetUserAttributeVerificationCode, VerifyUserAttribute.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import errors, limits
from groundcloud.signin.attribute_rules import check_mutable, check_written, named_values
from groundcloud.signin.codes import CodeKey, verification_of
from groundcloud.signin.desk import Call, Desk
from groundcloud.signin.directory import Pool
from groundcloud.signin.messages import CHANNELS, Delivery
from groundcloud.signin.tokens import SignedIn

_UPDATED = "CustomMessage_UpdateUserAttribute"
_ASKED = "CustomMessage_VerifyUserAttribute"


class AttributeFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def update(self, call: Call) -> Response | None:
        """A new address counts as unverified and gets a code; where the pool wants the old one kept until then, the
        new one waits with its code."""
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        pool, user = signed_in.pool, signed_in.user
        wanted = named_values(call.data.get("UserAttributes"))
        check_written(pool, await self._desk.directory.client(pool, signed_in.client_id), wanted)
        check_mutable(pool, wanted, user.attributes)
        changed = {name: value for name, value in wanted.items() if name in CHANNELS and value}
        changed = {name: value for name, value in changed.items() if value != user.attributes.get(name)}
        await self._refuse_taken(signed_in, {**changed, **_preferred(wanted)})
        verified = pool.names("AutoVerifiedAttributes")
        waiting = [name for name in changed if name in verified and name in _verified_before_update(pool)]
        now = {name: value for name, value in wanted.items() if name not in waiting}
        unproven = {f"{name}_verified": "false" for name in changed if name not in waiting}
        if now:
            await self._desk.directory.set_attributes(pool, user, {**now, **unproven})
        details = [
            await self._send(call, signed_in, Delivery(name, value), _UPDATED, value if name in waiting else None)
            for name, value in changed.items()
            if name in verified
        ]
        return errors.answer({"CodeDeliveryDetailsList": details})

    async def send_code(self, call: Call) -> Response | None:
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        name = _channel(call)
        address = signed_in.user.attributes.get(name)
        if not address:
            raise errors.invalid_parameter(f"User does not have a value for the attribute {name}")
        details = await self._send(call, signed_in, Delivery(name, address), _ASKED, None)
        return errors.answer({"CodeDeliveryDetails": details})

    async def verify(self, call: Call) -> Response | None:
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        pool, user, name = signed_in.pool, signed_in.user, _channel(call)
        key = CodeKey(pool.id, user.sub, verification_of(name))
        issued = self._desk.codes.check(key, call.text("Code"))
        proven = {f"{name}_verified": "true"}
        if issued.pending:
            proven[name] = issued.pending
        await self._refuse_taken(signed_in, {name: proven.get(name) or user.attributes.get(name, "")})
        # Spent before it is used: the awaits below must not let a second request spend it again.
        self._desk.codes.consume(key)
        await self._desk.directory.set_attributes(pool, user, proven)
        return errors.answer({})

    async def _refuse_taken(self, signed_in: SignedIn, values: dict[str, str]) -> None:
        """An alias belongs to one user. Raises `AliasExistsException`."""
        pool = signed_in.pool
        aliases = {*pool.names("AliasAttributes"), *pool.names("UsernameAttributes")}
        for name, value in values.items():
            holder = await self._desk.directory.user(pool, value) if name in aliases and value else None
            if holder is not None and holder.sub != signed_in.user.sub:
                called = name.replace("_", " ")
                raise AwsError("AliasExistsException", f"An account with the given {called} already exists.")

    async def _send(
        self, call: Call, signed_in: SignedIn, delivery: Delivery, source: str, pending: str | None
    ) -> dict[str, object]:
        return await self._desk.send_code(
            signed_in.pool,
            signed_in.user,
            verification_of(delivery.attribute),
            delivery,
            limits.ATTRIBUTE_CODE_SECONDS,
            source,
            client_id=signed_in.client_id,
            client_metadata=call.data.get("ClientMetadata"),
            pending=pending,
        )


def _preferred(wanted: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if name == "preferred_username"}


def _verified_before_update(pool: Pool) -> list[str]:
    settings = pool.settings.get("UserAttributeUpdateSettings") or {}
    return list(settings.get("AttributesRequireVerificationBeforeUpdate") or [])


def _channel(call: Call) -> str:
    name = call.text("AttributeName")
    if name not in CHANNELS:
        raise errors.invalid_parameter("Invalid attribute name: only email and phone_number can be verified.")
    return name
