"""Forgets: everything, one account, or one service.

Everything is quick, because nothing is deleted by itself: the engine drops its state, every part of ours its own. One
account or service is deleted resource by resource, because no engine can tell accounts apart when it forgets.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from groundcloud.clock import Clock
from groundcloud.http import Request, Response
from groundcloud.ports import AccountResettable, AwsCaller, ControlRoute, Resettable, Scope, Scopes
from groundcloud.state.deletion import Deletion
from groundcloud.state.errors import RefusedError
from groundcloud.state.kinds import PARTLY, SERVICES

_MEMBERS = frozenset({"account", "service"})


class ForgetfulEngine(AwsCaller, Resettable, Protocol):
    """The engine. Its `reset` forgets every account, and raises `AwsError` when that cannot be done."""

    async def left(self, account: str, covered: Collection[str]) -> tuple[list[str], list[str]]:
        """The services that hold something of `account` and are not in `covered`; and those that may."""
        ...


class Reset:
    """`parts` begin to forget in this order; `of_accounts` are told when an account is emptied. `changed` says that
    anything may be different from now on."""

    def __init__(
        self,
        engine: ForgetfulEngine,
        scopes: Scopes,
        parts: Sequence[Resettable],
        of_accounts: Sequence[AccountResettable],
        changed: Callable[[], None],
        clock: Clock,
        region: str,
    ) -> None:
        self._engine = engine
        self._scopes = scopes
        self._parts = parts
        self._of_accounts = of_accounts
        self._changed = changed
        self._clock = clock
        self._region = region
        self._deletion = Deletion(engine, clock)
        self._one_at_a_time = asyncio.Lock()

    async def everything(self) -> list[str]:
        """The cloud is as after a start in an empty folder."""
        async with self._one_at_a_time:
            await self._parts_forget()
            await self._engine.reset()
            # Again: calls that were cut off have counted and logged their end meanwhile.
            await self._parts_forget()
            self._changed()
        return ["everything"]

    async def account(self, account: str, service: str = "") -> list[str]:
        """Delete what one account holds, or what it holds of one service; in every region where it was used. Raises
        `RefusedError`, naming what could not be deleted."""
        async with self._one_at_a_time:
            try:
                gone: list[str] = []
                for scope in self._used_by(account):
                    gone += await self._deletion.run(scope, service)
                if not service:
                    for part in self._of_accounts:
                        await part.reset_account(account)
            finally:
                self._changed()
        return gone

    def _used_by(self, account: str) -> list[Scope]:
        return [each for each in self._scopes.known() if each.account == account] or [Scope(account, self._region)]

    async def service(self, service: str) -> list[str]:
        """Delete what every account holds of one service."""
        gone: list[str] = []
        for account in dict.fromkeys(scope.account for scope in self._scopes.known()):
            gone += await self.account(account, service)
        return gone

    async def _parts_forget(self) -> None:
        """All begin in their order. What one waits for (the ends of environments, a thread), the others need not."""
        await asyncio.gather(*(part.reset() for part in self._parts))

    # the control route

    def routes(self) -> list[ControlRoute]:
        """POST ``/reset`` ``{"account": …, "service": …}``, both optional."""
        return [ControlRoute("POST", "/reset", self._handle)]

    async def _handle(self, request: Request, _segments: dict[str, str]) -> Response:
        began = self._clock.monotonic()
        try:
            account, service = read_reset(request.body)
            if account:
                what = await self.account(account, service)
            else:
                what = await (self.service(service) if service else self.everything())
        except RefusedError as error:
            return Response.json(400, json.dumps({"message": str(error)}))
        told = {"what": what, **(await self._kept(account) if account and not service else {})}
        milliseconds = round((self._clock.monotonic() - began) * 1000, 1)
        return Response.json(200, json.dumps({"milliseconds": milliseconds, **told}))

    async def _kept(self, account: str) -> dict[str, list[str]]:
        """What an account's reset does not cover: ``left`` where something is there, ``unknown`` where it may be."""
        left, unknown = await self._engine.left(account, [each for each in SERVICES if each not in PARTLY])
        lasting = [await self._deletion.lasting(scope) for scope in self._used_by(account)]
        known = sorted(set(left).union(*lasting))
        return {name: services for name, services in (("left", known), ("unknown", unknown)) if services}


def read_reset(body: bytes) -> tuple[str, str]:
    """Account and service, "" for all of them. Raises `RefusedError`: a reset that was mistyped must not be a reset of
    everything."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise RefusedError(f"The body is no JSON: {error}") from error
    if not isinstance(asked, dict) or not asked.keys() <= _MEMBERS:
        raise RefusedError('The body is {"account": "…", "service": "…"}; both may be left out')
    given = {name: value for name, value in asked.items() if value is not None}
    if not all(given.values()):
        raise RefusedError("account and service are left out, or they name one")
    account, service = given.get("account", ""), given.get("service", "")
    if account and not re.fullmatch(r"\d{12}", str(account)):
        raise RefusedError(f"{account!r} is no account: 12 digits")
    if service and service not in SERVICES:
        raise RefusedError(f"{service!r} cannot be reset by itself; these can: {', '.join(SERVICES)}")
    return str(account), str(service)
