"""How a stack whose update failed gets back.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

from typing import Any

import pytest
from groundcloud_localstack.goingback import may_become, steps


def made(physical: str | None, **properties: Any) -> dict[str, Any]:
    found = {"Type": "AWS::SQS::Queue", "Properties": properties}
    return found if physical is None else {**found, "PhysicalResourceId": physical}


def test_changes_go_back_before_additions_are_deleted_the_last_first() -> None:
    before = {"Same": made("1"), "Changed": made("2", Size=1), "Unreached": made("3")}
    reached = {"First": made("4"), "Same": made("1"), "Second": made("5"), "Changed": made("2", Size=2)}
    found = steps(before, reached)
    assert [(step.verb, step.name) for step in found] == [
        ("UPDATE", "Changed"),
        ("DELETE", "Second"),
        ("DELETE", "First"),
    ]
    assert (found[0].made, found[0].before) == (None, before["Changed"])


def test_of_a_replaced_resource_the_new_one_is_deleted() -> None:
    (step,) = steps({"Queue": made("old")}, {"Queue": made("new")})
    assert (step.verb, step.made, step.before) == ("UPDATE", made("new"), made("old"))


def test_what_could_not_be_made_is_not_deleted_and_what_could_not_be_changed_is_put_again() -> None:
    changed, added = steps({"Old": made("1", Size=1)}, {"Old": made(None), "New": made(None)})
    assert (changed.verb, changed.made) == ("UPDATE", None)
    assert (added.verb, added.made) == ("DELETE", None)


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        ("UPDATE_IN_PROGRESS", "UPDATE_FAILED", False),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED", False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_FAILED", True),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", True),
        ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_IN_PROGRESS", False),
        ("CREATE_COMPLETE", "CREATE_FAILED", False),
        ("CREATE_IN_PROGRESS", "CREATE_FAILED", True),
    ],
)
def test_what_a_stack_is_said_to_be(now: str, then: str, expected: bool) -> None:
    assert may_become(now, then) is expected
