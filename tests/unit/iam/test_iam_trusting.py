"""What is read of a role, and when: whom it trusts at once, what it may do when that is asked or expected."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.iam.identities import Identities
from groundcloud.ports import Scope
from tests.fakes.fake_engine import SCOPE, FakeEngine

ROLE = f"arn:aws:iam::{SCOPE.account}:role/path/r"
TRUST = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}


class World:
    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.there = True
        self.engine.on("iam", "GetRole", self._role)
        self.engine.on("iam", "ListRolePolicies", lambda params, scope: {"PolicyNames": []})
        self.engine.on("iam", "ListAttachedRolePolicies", lambda params, scope: {"AttachedPolicies": []})
        self.identities = Identities(self.engine, self.engine.changes, SCOPE)

    def _role(self, params: dict[str, Any], scope: Scope) -> Any:
        if not self.there or params["RoleName"] != "r":
            raise AwsError("NoSuchEntity", "The role cannot be found.", 404)
        return {"Role": {"Arn": ROLE, "RoleId": "AROA", "AssumeRolePolicyDocument": json.dumps(TRUST)}}

    def asked(self) -> list[str]:
        return [operation for _, operation, _, _ in self.engine.calls]


def test_whom_it_trusts_is_known_by_one_call() -> None:
    world = World()

    async def story() -> None:
        trust = await world.identities.trust(ROLE)
        assert trust is not None
        assert trust.name == trust.owner == ROLE
        await world.identities.trust(ROLE)
        assert world.asked() == ["GetRole"]
        role = await world.identities.role(ROLE)
        assert role is not None
        assert role.trust == trust

    asyncio.run(story())
    assert world.asked() == ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies"]


def test_a_role_that_is_gone_or_none_trusts_nobody() -> None:
    world = World()
    asyncio.run(world.identities.trust(ROLE))
    world.there = False
    world.engine.changes.bump("iam")
    for arn in (ROLE, ROLE + "x", "arn:aws:iam::1:user/r", "nonsense"):
        assert asyncio.run(world.identities.trust(arn)) is None
    assert asyncio.run(world.identities.role(ROLE)) is None


def test_a_reset_forgets_whom_it_trusts() -> None:
    world = World()
    asyncio.run(world.identities.trust(ROLE))
    world.identities.clear()
    world.there = False
    assert asyncio.run(world.identities.trust(ROLE)) is None
