"""What a reset of everything, of an account and of a service does, and in which order."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.errors import AwsError
from groundcloud.http import Request
from groundcloud.ports import Scope
from groundcloud.state import Reset
from groundcloud.state.errors import RefusedError
from groundcloud.state.reset import read_reset
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_deletable_engine import FakeDeletableEngine

ONE, OTHER = "111122223333", "444455556666"


class World:
    """A reset with one part, and what happened to it in order."""

    def __init__(self) -> None:
        self.engine = FakeDeletableEngine()
        self.events: list[str] = []
        self.scopes = ScopeRegistry(Scope("000000000000", "us-east-1"))
        for account in (ONE, OTHER):
            self.scopes.note(Scope(account, "us-east-1"))
        self.reset_ = Reset(
            self.engine,
            self.scopes,
            [self, self.scopes],
            [self],
            lambda: self.events.append("changed"),
            FakeClock(),
            "us-east-1",
        )

    async def reset(self) -> None:
        self.events.append(f"part, after {self.engine.resets} resets of the engine")

    async def reset_account(self, account: str) -> None:
        self.events.append(f"account {account}")

    def post(self, body: object) -> tuple[int, dict[str, Any]]:
        (route,) = self.reset_.routes()
        request = Request("POST", "/", body=json.dumps(body).encode() if body is not None else b"")
        answer = asyncio.run(route.handler(request, {}))
        return answer.status, json.loads(answer.body)


@pytest.fixture
def world() -> World:
    return World()


def test_parts_fall_silent_before_the_engine_forgets_and_once_more_afterwards(world: World) -> None:
    assert world.post(None) == (200, {"milliseconds": 0.0, "what": ["everything"]})
    assert world.events == ["part, after 0 resets of the engine", "part, after 1 resets of the engine", "changed"]
    assert world.scopes.known() == [world.scopes.default]


def test_what_one_part_waits_for_holds_up_no_other_but_the_engine(world: World) -> None:
    class Slow:
        async def reset(self) -> None:
            while not world.events:
                await asyncio.sleep(0)
            world.events.append(f"slow, after {world.engine.resets} resets of the engine")

    reset = Reset(world.engine, world.scopes, [Slow(), world], [], lambda: None, FakeClock(), "us-east-1")
    asyncio.run(asyncio.wait_for(reset.everything(), 60))
    assert world.events[:2] == [f"{part}, after 0 resets of the engine" for part in ("part", "slow")]


def test_an_account_is_emptied_page_after_page_and_others_are_not_touched(world: World) -> None:
    world.engine.tables = {ONE: {"A", "B", "C", "D", "E"}, OTHER: {"A"}}
    world.engine.objects = {ONE: {"files": ["a.txt"]}}
    status, answer = world.post({"account": ONE})
    assert (status, sorted(answer["what"])) == (200, [*(f"dynamodb {name}" for name in "ABCDE"), "s3 files"])
    assert world.engine.tables == {ONE: set(), OTHER: {"A"}}
    assert world.engine.objects == {ONE: {}}
    assert world.events == [f"account {ONE}", "changed"]
    assert world.engine.resets == 0


def test_a_service_goes_from_every_account_or_from_one(world: World) -> None:
    world.engine.tables = {ONE: {"A"}, OTHER: {"A"}}
    world.engine.objects = {ONE: {"files": []}}
    assert world.post({"service": "dynamodb", "account": ONE})[1]["what"] == ["dynamodb A"]
    assert world.engine.tables == {ONE: set(), OTHER: {"A"}}
    assert world.post({"service": "dynamodb"})[1]["what"] == ["dynamodb A"]
    assert world.engine.tables == {ONE: set(), OTHER: set()}
    assert world.engine.objects == {ONE: {"files": []}}
    # What the account's functions are at is another service's.
    assert f"account {ONE}" not in world.events


def test_what_an_accounts_reset_does_not_cover_is_named(world: World) -> None:
    world.engine.kept = (["ecr", "kms"], ["redshift"])
    assert world.post({"account": ONE})[1] == {
        "milliseconds": 0.0,
        "what": [],
        "left": ["ecr", "kms"],
        "unknown": ["redshift"],
    }
    assert "left" not in world.post({"account": ONE, "service": "s3"})[1]
    assert "left" not in world.post(None)[1]


def test_what_nobody_can_delete_is_named_and_is_no_failure(world: World) -> None:
    world.engine.keys = {ONE: {"a": "Enabled", "b": "PendingDeletion"}}
    world.engine.kept = (["ecr"], [])
    status, answer = world.post({"account": ONE})
    assert (status, answer["what"], answer["left"]) == (200, ["kms a"], ["ecr", "kms"])
    assert world.post({"account": ONE})[1]["what"] == []
    assert world.engine.calls.count(("ScheduleKeyDeletion", ONE)) == 1


def test_what_cannot_be_deleted_is_named_and_the_rest_is_gone(world: World) -> None:
    world.engine.tables, world.engine.stuck = {ONE: {"A", "B", "C", "D"}}, {"A", "B"}
    status, answer = world.post({"account": ONE})
    assert status == 400
    assert "dynamodb A: Attempt to change a resource which is still in use" in answer["message"]
    assert world.events == ["changed"]


def test_a_stack_is_gone_when_cloudformation_does_not_know_it_and_not_when_it_cannot_be_asked(world: World) -> None:
    world.engine.stacks = {ONE: {"shop"}}
    assert world.post({"account": ONE})[1]["what"] == ["cloudformation shop"]
    world.engine.stacks = {ONE: {"shop"}}
    world.engine.asking = AwsError("ServiceUnavailable", "LocalStack does not answer", 503)
    status, answer = world.post({"account": ONE})
    assert status == 400 and "cloudformation shop: LocalStack does not answer" in answer["message"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "The body is no JSON"),
        (b"[]", "The body is {"),
        (b'{"acount": "111122223333"}', "The body is {"),
        (b'{"account": "prod"}', "'prod' is no account"),
        (b'{"account": 111122223333}', ""),
        (b'{"account": "111122223333", "service": null}', ""),
        (b'{"account": ""}', "account and service are left out, or they name one"),
        (b'{"account": "111122223333", "service": ""}', "account and service are left out, or they name one"),
        (b'{"service": "glacier"}', "'glacier' cannot be reset by itself; these can: cloudformation, lambda"),
    ],
    ids=[
        "no JSON",
        "no object",
        "mistyped",
        "no account",
        "a number",
        "null",
        "empty",
        "empty service",
        "unknown service",
    ],
)
def test_a_mistyped_reset_is_no_reset_of_everything(body: bytes, why: str) -> None:
    if not why:
        assert read_reset(body) == (ONE, "")
        return
    with pytest.raises(RefusedError) as caught:
        read_reset(body)
    assert str(caught.value).startswith(why)
