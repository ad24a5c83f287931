"""What EventBridge's rules deliver is asked for first."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from groundcloud.engines.embedded.rules import RuleDelivery, judge_rules
from groundcloud.errors import AwsError, UserError

RULE = {"Arn": "arn:aws:events:us-east-1:111122223333:rule/r"}
QUEUE = {"Arn": "arn:aws:sqs:us-east-1:111122223333:q", "DeadLetterConfig": {"Arn": "dead"}}
account = contextvars.ContextVar("account", default="")


class Events(ModuleType):
    """The engine's module: what it delivered, and for which account."""

    def __init__(self) -> None:
        super().__init__("events")
        self.delivered: list[tuple[str, int, str]] = []
        self._invoke_target = self.deliver

    def deliver(self, target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
        self.delivered.append((target["Arn"], event["n"], account.get()))

    def _pattern_event_view(self, event: dict[str, Any]) -> Any:
        return SimpleNamespace(event_with_detail=lambda: event)


class Judge:
    """Lets in every second event, and is slow about the first."""

    def __init__(self) -> None:
        self.asked: list[RuleDelivery] = []

    async def __call__(self, delivery: RuleDelivery) -> bool:
        self.asked.append(delivery)
        if len(self.asked) == 1:
            await asyncio.sleep(0)
        if "broken" in delivery.target:
            raise AwsError("InternalFailure", "no", 500)
        return len(self.asked) % 2 == 1


async def until(module: Events, count: int) -> None:
    async with asyncio.timeout(20):
        while len(module.delivered) < count:
            await asyncio.sleep(0.01)


def test_what_is_let_in_is_delivered_in_turn_for_its_account() -> None:
    module, judge = Events(), Judge()

    def put() -> None:
        account.set("111122223333")
        for number in range(5):
            module._invoke_target(QUEUE, {"n": number}, RULE)

    async def run() -> None:
        undo = judge_rules(module, judge, asyncio.get_running_loop())
        thread = threading.Thread(target=put)
        thread.start()
        await until(module, 3)
        thread.join()
        undo()

    asyncio.run(run())
    assert module.delivered == [(QUEUE["Arn"], number, "111122223333") for number in (0, 2, 4)]
    assert (judge.asked[0].rule, judge.asked[0].dead_letters) == (RULE["Arn"], "dead")
    assert json.loads(judge.asked[1].event()) == {"n": 1}
    assert module._invoke_target == module.deliver


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("arn:aws:states:us-east-1:111122223333:stateMachine:s", RULE["Arn"]),
        (QUEUE["Arn"], "arn:aws:scheduler:us-east-1:111122223333:schedule/default/s"),
    ],
    ids=["other target", "schedule"],
)
def test_what_is_not_judged_goes_on_at_once(target: str, rule: str) -> None:
    module, judge = Events(), Judge()

    async def run() -> None:
        judge_rules(module, judge, asyncio.get_running_loop())
        module._invoke_target({"Arn": target}, {"n": 1}, {"Arn": rule})

    asyncio.run(run())
    assert [arn for arn, _, _ in module.delivered] == [target]
    assert judge.asked == []


def test_a_judge_that_fails_delivers_nothing_and_stops_nobody() -> None:
    module, judge = Events(), Judge()

    async def run() -> None:
        judge_rules(module, judge, asyncio.get_running_loop())
        module._invoke_target({"Arn": QUEUE["Arn"] + "broken"}, {"n": 1}, RULE)
        module._invoke_target(QUEUE, {"n": 2}, RULE)
        module._invoke_target(QUEUE, {"n": 3}, RULE)
        await until(module, 1)

    asyncio.run(run())
    assert [number for _, number, _ in module.delivered] == [3]


def test_another_engines_way_is_refused() -> None:
    async def run() -> None:
        module = ModuleType("events")
        module._invoke_target = lambda target: None  # type: ignore[attr-defined]
        judge_rules(module, Judge(), asyncio.get_running_loop())

    with pytest.raises(UserError, match="delivers events has changed"):
        asyncio.run(run())
