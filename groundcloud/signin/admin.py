"""What an administrator does with users. The edge has decided that the caller may.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html and the
pages of the other Admin operations beside it.
"""

from __future__ import annotations

import json

from groundcloud.http import Response
from groundcloud.signin import errors
from groundcloud.signin.account import AccountFlow
from groundcloud.signin.attribute_rules import check_mutable, check_values, named_values
from groundcloud.signin.desk import Call, Desk


class AdminFlow:
    def __init__(self, desk: Desk, account: AccountFlow) -> None:
        self._desk = desk
        self._account = account

    async def of_the_engine(self, call: Call) -> Response | None:
        """Operations that the engine does well, given the user's own name: it knows nothing of case, and looks at
        every user for an alias."""
        pool, user = await self._desk.admin_user(call)
        answer = await self._desk.send_on(call, pool.scope, {**call.data, "Username": user.username})
        return without_empty_attributes(answer)

    async def listed(self, call: Call) -> Response | None:
        """ListUsers and ListUsersInGroup: the engine's, which shows attributes that were deleted as empty."""
        return without_empty_attributes(await self._desk.engine.request(call.request))

    async def delete(self, call: Call) -> Response | None:
        pool, user = await self._desk.admin_user(call)
        await self._account.remove(pool, user)
        return errors.answer({})

    async def update_attributes(self, call: Call) -> Response | None:
        pool, user = await self._desk.admin_user(call)
        values = named_values(call.data.get("UserAttributes"))
        check_values(pool, values)
        check_mutable(pool, values, user.attributes)
        await self._desk.directory.set_attributes(pool, user, values)
        return errors.answer({})

    async def delete_attributes(self, call: Call) -> Response | None:
        pool, user = await self._desk.admin_user(call)
        names = [str(name) for name in call.data.get("UserAttributeNames") or []]
        await self._account.drop_attributes(pool, user, names)
        return errors.answer({})

    async def disable(self, call: Call) -> Response | None:
        """The user's tokens are revoked with it (API_AdminDisableUser.html)."""
        pool, user = await self._desk.admin_user(call)
        await self._desk.directory.act("AdminDisableUser", pool, user.username)
        self._desk.tokens.sign_out(pool, user)
        return errors.answer({})

    async def sign_out(self, call: Call) -> Response | None:
        pool, user = await self._desk.admin_user(call)
        self._desk.tokens.sign_out(pool, user)
        return errors.answer({})


def without_empty_attributes(response: Response) -> Response:
    if response.status != 200:
        return response
    answer = json.loads(response.body)
    for user in [answer, *(answer.get("Users") or [])]:
        for member in ("Attributes", "UserAttributes"):
            if member in user:
                user[member] = [one for one in user[member] if one.get("Value")]
    return errors.answer(answer)
