"""Targets that are withheld: in which mode, and what is remembered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.iam.rule_needs import need_of, real, withheld, without_mark
from groundcloud.iam.service import Iam
from groundcloud.stacks.targetrules import targets_problem
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE, FakeEngine

HERE = f"us-east-1:{SCOPE.account}"
QUEUE = f"arn:aws:sqs:{HERE}:q"
RULE = {"Name": "r", "Arn": f"arn:aws:events:{HERE}:rule/r", "EventBusName": "default"}


class World:
    """One rule with one queue, whose policy lets nobody in."""

    def __init__(self, folder: Path, mode: str, arn: str = QUEUE) -> None:
        self.engine = FakeEngine()
        self.targets: list[dict[str, Any]] = [{"Id": "1", "Arn": arn}]
        self.engine.on("events", "ListEventBuses", lambda params, scope: {"EventBuses": [{"Name": "default"}]})
        self.engine.on("events", "ListRules", lambda params, scope: {"Rules": [RULE]})
        self.engine.on("events", "ListTargetsByRule", lambda params, scope: {"Targets": self.targets})
        self.engine.on("events", "PutTargets", self._put)
        self.engine.on("sqs", "GetQueueAttributes", lambda params, scope: {})
        scopes = ScopeRegistry(SCOPE)
        self.iam = Iam(self.engine, self.engine.changes, scopes, FakeClock(), SCOPE, folder, mode)

    def _put(self, params: dict[str, Any], scope: object) -> dict[str, Any]:
        self.targets = params["Targets"]
        return {}

    def settle(self) -> list[str]:
        """The ARNs of the targets afterwards."""
        self.engine.changes.bump("events")
        asyncio.run(self.iam.rule_targets.look())
        return [target["Arn"] for target in self.targets]

    def decisions(self) -> list[dict[str, Any]]:
        return self.iam.log.listed(allowed=None, wanted={}, after=0, limit=10)


@pytest.mark.parametrize(("mode", "is_withheld", "recorded"), [("enforce", 1, 1), ("audit", 0, 1), ("off", 0, 0)])
def test_the_mode_decides_what_is_withheld(tmp_path: Path, mode: str, is_withheld: int, recorded: int) -> None:
    world = World(tmp_path, mode)
    for _ in range(2):
        assert world.settle() == [withheld(QUEUE) if is_withheld else QUEUE]
    assert [one["refused"] for one in world.decisions()] == [bool(is_withheld)] * recorded
    assert len(world.engine.asked("events", "PutTargets")) == is_withheld
    world.iam.close()


def test_what_was_withheld_is_known_after_a_start_in_another_mode(tmp_path: Path) -> None:
    for mode, was, becomes in (("enforce", QUEUE, withheld(QUEUE)), ("off", withheld(QUEUE), QUEUE)):
        world = World(tmp_path, mode, was)
        if mode == "enforce":
            world.settle()
        else:
            assert world.iam.rule_targets.has(SCOPE)
            asyncio.run(world.iam.rule_targets.look())
        assert [target["Arn"] for target in world.targets] == [becomes]
        world.iam.close()


def test_nothing_is_asked_while_nothing_changes(tmp_path: Path) -> None:
    world = World(tmp_path, "enforce")
    world.settle()
    asyncio.run(world.iam.rule_targets.settle(SCOPE))
    before = len(world.engine.calls)
    for _ in range(3):
        asyncio.run(world.iam.rule_targets.look())
    assert len(world.engine.calls) == before
    (tmp_path / "event-rules.json").write_text("damaged")
    world.iam.close()
    forgetful = World(tmp_path, "enforce")
    assert not forgetful.iam.rule_targets.has(SCOPE)
    forgetful.iam.close()


def test_a_withheld_target_keeps_its_name() -> None:
    assert real(withheld(QUEUE)) == real(QUEUE) == QUEUE
    assert withheld(withheld(QUEUE)) == withheld(QUEUE)
    text = json.dumps([withheld(QUEUE), QUEUE]).encode()
    assert json.loads(without_mark(text, SCOPE.account)) == [QUEUE, QUEUE]


ROLE = "arn:aws:iam::123456789012:role/r"
NEEDS = [
    ({"Arn": f"arn:aws:lambda:{HERE}:function:f"}, None),
    ({"Arn": f"arn:aws:lambda:{HERE}:function:f", "Input": "{}"}, ("lambda:InvokeFunction", "")),
    ({"Arn": f"arn:aws:sns:{HERE}:t"}, ("sns:Publish", "")),
    ({"Arn": f"arn:aws:events:{HERE}:event-bus/b"}, None),
    ({"Arn": f"arn:aws:events:{HERE}:event-bus/b", "RoleArn": ROLE}, ("events:PutEvents", ROLE)),
    ({"Arn": f"arn:aws:events:{HERE}:api-destination/d/1", "RoleArn": ROLE}, ("events:InvokeApiDestination", ROLE)),
    ({"Arn": f"arn:aws:states:{HERE}:stateMachine:m", "RoleArn": ROLE}, ("states:StartExecution", ROLE)),
    ({"Arn": "nonsense"}, None),
]


@pytest.mark.parametrize(("target", "wanted"), NEEDS, ids=[str(n) for n in range(len(NEEDS))])
def test_what_a_target_needs(target: dict[str, str], wanted: tuple[str, str] | None) -> None:
    need = need_of(target)
    assert (need and (need.action, need.role)) == wanted


def test_which_targets_need_a_role() -> None:
    destination = f"arn:aws:events:{HERE}:api-destination/d/1"
    assert targets_problem([{"Arn": QUEUE}, {"Arn": destination}]) == f"RoleArn is required for target {destination}."
    for fine in (None, "x", [{"Arn": {"Ref": "A"}}, {"Arn": destination, "RoleArn": ROLE}, {"Arn": "x"}, 1]):
        assert targets_problem(fine) is None
