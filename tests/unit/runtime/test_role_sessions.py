"""How long one session of a role is given to further environments of its function."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.runtime import limits
from groundcloud.runtime.credentials import RoleSessions
from groundcloud.runtime.function import Function, read_function
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE, FakeEngine

OTHER = Scope("222222222222", SCOPE.region)


class World:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.clock = FakeClock()
        self.sessions = RoleSessions(self.engine, self.clock, self.engine.changes)
        self.engine.on("sts", "AssumeRole", self._assume)
        self.count = 0

    def _assume(self, params: dict[str, Any], scope: Scope) -> Any:
        if params["RoleArn"] in self.engine.missing_roles:
            raise AwsError("AccessDenied", "no", 403)
        self.count += 1
        return {"Credentials": {"AccessKeyId": f"A{self.count}", "SecretAccessKey": "s", "SessionToken": "t"}}

    def key(self, function: Function) -> str:
        return asyncio.run(self.sessions.get(function)).access_key_id


def function(name: str = "f", scope: Scope = SCOPE, role: str = "r", **config: Any) -> Function:
    arn = f"arn:aws:iam::{scope.account}:role/{role}"
    known = {"FunctionName": name, "Role": arn, "Runtime": "python3.11", "Handler": "a.b"}
    return read_function({**known, **config}, scope)


def test_environments_that_start_together_share_one() -> None:
    world = World()
    first = asyncio.run(world.sessions.get(function()))
    world.clock.pass_seconds(limits.SESSION_SHARED_SECONDS - 1)
    assert asyncio.run(world.sessions.get(function())) == first
    assert first.expires == pytest.approx(1_800_000_000.0 + limits.CREDENTIAL_SECONDS)


def test_a_later_one_gets_one_of_its_own() -> None:
    world = World()
    assert world.key(function()) == "A1"
    world.clock.pass_seconds(limits.SESSION_SHARED_SECONDS)
    assert world.key(function()) == "A2"


def test_nobody_else_gets_it() -> None:
    world = World()
    keys = [world.key(each) for each in (function(), function("g"), function(scope=OTHER), function(role="other"))]
    assert keys == ["A1", "A2", "A3", "A4"]


def test_a_change_of_iam_ends_it() -> None:
    """Of the role or of anything else: who it was is not looked at."""
    world = World()
    world.key(function())
    world.engine.changes.bump("iam")
    assert world.key(function()) == "A2"


def test_a_role_that_is_gone_is_refused_at_once() -> None:
    world = World()
    world.key(function())
    world.engine.missing_roles.add(function().role)
    world.engine.changes.bump("iam")
    for _ in range(2):
        with pytest.raises(AwsError, match="cannot be assumed"):
            world.key(function())


def test_a_change_while_it_is_asked_for_counts() -> None:
    world = World()

    def changed(params: dict[str, Any], scope: Scope) -> Any:
        world.engine.changes.bump("iam")
        return world._assume(params, scope)

    world.engine.on("sts", "AssumeRole", changed)
    assert [world.key(function()), world.key(function())] == ["A1", "A2"]


@pytest.mark.parametrize(("account", "key"), [("", "A2"), (SCOPE.account, "A2"), (OTHER.account, "A1")])
def test_a_reset_forgets_them(account: str, key: str) -> None:
    world = World()
    world.key(function())
    world.sessions.clear(account)
    assert world.key(function()) == key
