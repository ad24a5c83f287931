"""What a signed-in user does with their own account: GetUser, DeleteUser, sign-out, tokens revoked.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html and the pages beside it.
"""

from __future__ import annotations

from typing import Any

from groundcloud.http import Response
from groundcloud.signin import client_secret, errors
from groundcloud.signin.attribute_rules import required_missing
from groundcloud.signin.desk import Call, Desk
from groundcloud.signin.directory import Pool, User


class AccountFlow:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, call: Call) -> Response | None:
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        client = await self._desk.directory.client(signed_in.pool, signed_in.client_id)
        readable = client.settings.get("ReadAttributes") or []
        user = signed_in.user
        shown = [
            {"Name": name, "Value": value}
            for name, value in user.attributes.items()
            if not readable or name in readable or name == "sub"
        ]
        answer: dict[str, Any] = {"Username": user.username, "UserAttributes": shown}
        if user.mfa:
            answer["UserMFASettingList"] = list(user.mfa)
        if user.preferred_mfa:
            answer["PreferredMfaSetting"] = user.preferred_mfa
        return errors.answer(answer)

    async def delete(self, call: Call) -> Response | None:
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        await self.remove(signed_in.pool, signed_in.user)
        self._desk.tokens.sign_out(signed_in.pool, signed_in.user, signed_in.origin)
        return errors.answer({})

    async def remove(self, pool: Pool, user: User) -> None:
        for group in await self._desk.directory.groups(pool, user):
            # Else a later user of the same name would be listed as a member.
            await self._desk.directory.act("AdminRemoveUserFromGroup", pool, user.username, GroupName=group.name)
        await self._desk.directory.act("AdminDeleteUser", pool, user.username)
        self._desk.credentials.forget(pool.id, user.sub, user.username)
        self._desk.codes.forget(pool.id, user.sub)
        self._desk.tokens.sign_out(pool, user)

    async def delete_attributes(self, call: Call) -> Response | None:
        """DeleteUserAttributes (API_DeleteUserAttributes.html)."""
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        client = await self._desk.directory.client(signed_in.pool, signed_in.client_id)
        writable = client.settings.get("WriteAttributes") or []
        names = [str(name) for name in call.data.get("UserAttributeNames") or []]
        if writable and not set(names) <= set(writable):
            raise errors.not_authorized("A client attempted to write unauthorized attribute")
        await self.drop_attributes(signed_in.pool, signed_in.user, names)
        return errors.answer({})

    async def drop_attributes(self, pool: Pool, user: User, names: list[str]) -> None:
        """The engine cannot take an attribute away: an empty value is what Cognito shows for none at all."""
        required = set(required_missing(pool, {}))
        for name in names:
            if name == "sub" or name in required:
                raise errors.invalid_parameter(f"Cannot delete required attribute {name}")
        emptied = {name: "" for name in names if name in user.attributes}
        flags = {f"{name}_verified": "" for name in names if f"{name}_verified" in user.attributes}
        if emptied:
            await self._desk.directory.set_attributes(pool, user, {**emptied, **flags})

    async def global_sign_out(self, call: Call) -> Response | None:
        signed_in = await self._desk.tokens.signed_in(call.text("AccessToken"))
        self._desk.tokens.sign_out(signed_in.pool, signed_in.user, signed_in.origin)
        return errors.answer({})

    async def revoke(self, call: Call) -> Response | None:
        """RevokeToken (API_RevokeToken.html)."""
        party = await self._desk.party(call)
        if not call.text("Token"):
            raise errors.missing("token")
        client_secret.check_secret(party.client, call.data.get("ClientSecret"))
        self._desk.tokens.revoke(party.client, call.text("Token"))
        return errors.answer({})
