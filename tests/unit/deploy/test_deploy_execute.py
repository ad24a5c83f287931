"""Running a plan: events as they come, causes of a failure, and nothing left half-made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from groundcloud.deploy.execute import DeployFailed, execute
from groundcloud.deploy.plan import Plan
from groundcloud.deploy.stack import Waiter
from groundcloud.errors import AwsError, UserError
from tests.fakes.aws_door import FakeDoor, in_turn, no_stack, stacks
from tests.fakes.deploy_reporter import MemoryReporter

STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack/app/1"
WAITER = Waiter(sleep=lambda seconds: None)
CREATE = Plan("app", STACK, "arn:set/1", "CREATE", ())
UPDATE = Plan("app", STACK, "arn:set/1", "UPDATE", ())


def event(number: int, logical_id: str, status: str, reason: str = "", **more: Any) -> dict[str, Any]:
    return {
        "EventId": str(number),
        "StackId": STACK,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": STACK if logical_id == "app" else f"{logical_id}-1",
        "ResourceType": "AWS::SQS::Queue",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": datetime(2026, 11, 21, tzinfo=UTC),
        **more,
    }


def history(*events: dict[str, Any]) -> dict[str, Any]:
    """DescribeStackEvents: newest first."""
    return {"StackEvents": list(reversed(events))}


OLD = event(0, "app", "REVIEW_IN_PROGRESS")


def running(states: list[Any], events: list[Any], **answers: Any) -> FakeDoor:
    return FakeDoor(
        cloudformation__execute_change_set={},
        cloudformation__describe_stacks=in_turn(*states),
        cloudformation__describe_stack_events=in_turn(history(OLD), *events),
        **answers,
    )


def test_events_are_told_once_and_in_order() -> None:
    one, two, three = event(1, "Q", "CREATE_IN_PROGRESS"), event(2, "Q", "CREATE_COMPLETE"), event(3, "app", "DONE")
    door = running(
        [stacks("REVIEW_IN_PROGRESS"), stacks("CREATE_IN_PROGRESS"), stacks("CREATE_COMPLETE")],
        [history(OLD, one), history(OLD, one, two), history(OLD, one, two, three)],
    )
    reporter = MemoryReporter()
    assert execute(door, WAITER, CREATE, reporter).status == "CREATE_COMPLETE"
    assert [each.id for each in reporter.events] == ["1", "2", "3"]


def test_many_events_at_once_are_read_page_by_page() -> None:
    first, second = (
        history(event(3, "C", "X"), event(4, "D", "X")),
        history(OLD, event(1, "A", "X"), event(2, "B", "X")),
    )
    door = running([stacks("CREATE_COMPLETE")], [{**first, "NextToken": "more"}, second])
    reporter = MemoryReporter()
    execute(door, WAITER, CREATE, reporter)
    assert [each.logical_id for each in reporter.events] == ["A", "B", "C", "D"]


def test_a_failed_create_names_the_cause_and_is_deleted() -> None:
    door = running(
        [stacks("ROLLBACK_COMPLETE"), no_stack()],
        [
            history(
                OLD,
                event(1, "X", "CREATE_FAILED", "x already exists in stack other"),
                event(2, "Y", "CREATE_FAILED", "Resource creation cancelled"),
            )
        ],
        cloudformation__delete_stack={},
    )
    with pytest.raises(DeployFailed) as caught:
        execute(door, WAITER, CREATE, MemoryReporter())
    assert [failure.path for failure in caught.value.failures] == ["X"]
    assert "X (AWS::SQS::Queue): x already exists in stack other" in caught.value.message
    assert "another name" in caught.value.hint
    assert "Nothing of the stack is left" in caught.value.hint
    assert door.called("cloudformation.delete_stack") == [{"StackName": STACK}]


def test_a_failed_update_leaves_the_earlier_version() -> None:
    door = running(
        [stacks("UPDATE_ROLLBACK_COMPLETE")], [history(OLD, event(1, "X", "UPDATE_FAILED", "Something else"))]
    )
    with pytest.raises(DeployFailed) as caught:
        execute(door, WAITER, UPDATE, MemoryReporter())
    assert "Correct X in the template. The earlier version of app stands" in caught.value.hint
    assert "cloudformation.delete_stack" not in door.names


def test_a_create_whose_rollback_failed_says_what_is_left() -> None:
    left = {"LogicalResourceId": "B", "PhysicalResourceId": "b", "ResourceType": "T", "ResourceStatus": "DELETE_FAILED"}
    door = running(
        [stacks("ROLLBACK_FAILED")],
        [history(OLD, event(1, "X", "CREATE_FAILED", "no"))],
        cloudformation__list_stack_resources=[left],
    )
    with pytest.raises(DeployFailed, match="could not be created") as caught:
        execute(door, WAITER, CREATE, MemoryReporter())
    assert "Still there: B; `make destroy STACK=app`" in caught.value.hint


def test_a_failure_before_the_start_is_found_in_describe_events() -> None:
    found = {"LogicalResourceId": "B", "ResourceType": "AWS::S3::Bucket", "ValidationStatusReason": "it already exists"}
    door = running(
        [stacks("ROLLBACK_COMPLETE"), no_stack()],
        [history(OLD, event(1, "app", "CREATE_FAILED", "Validation failed. Call DescribeEvents"))],
        cloudformation__describe_events={"OperationEvents": [found, {"LogicalResourceId": "app"}]},
        cloudformation__delete_stack={},
    )
    with pytest.raises(DeployFailed) as caught:
        execute(door, WAITER, CREATE, MemoryReporter())
    assert [(each.path, each.reason) for each in caught.value.failures] == [("B", "it already exists")]


def test_a_cloud_without_describe_events_still_gives_the_stacks_own_reason() -> None:
    door = running(
        [stacks("ROLLBACK_COMPLETE"), no_stack()],
        [history(OLD, event(1, "app", "CREATE_FAILED", "for some reason"))],
        cloudformation__describe_events=AwsError("InvalidAction", "unknown"),
        cloudformation__delete_stack={},
    )
    with pytest.raises(DeployFailed, match="for some reason"):
        execute(door, WAITER, CREATE, MemoryReporter())


def test_a_nested_stacks_failure_is_opened() -> None:
    inner = history(event(8, "Table", "CREATE_FAILED", "no such attribute"))
    nested = event(1, "Child", "CREATE_FAILED", "Embedded stack failed", ResourceType="AWS::CloudFormation::Stack")
    events = in_turn(history(OLD), history(OLD, nested))
    door = FakeDoor(
        cloudformation__execute_change_set={},
        cloudformation__describe_stacks=in_turn(stacks("ROLLBACK_COMPLETE"), no_stack()),
        cloudformation__describe_stack_events=lambda StackName: inner if StackName == "Child-1" else events(),
        cloudformation__delete_stack={},
    )
    with pytest.raises(DeployFailed) as caught:
        execute(door, WAITER, CREATE, MemoryReporter())
    assert [(each.path, each.reason) for each in caught.value.failures] == [("Child/Table", "no such attribute")]


@pytest.mark.parametrize("code", ["ChangeSetNotFound", "InvalidChangeSetStatus"])
def test_a_plan_that_someone_overtook_is_not_run(code: str) -> None:
    door = FakeDoor(
        cloudformation__describe_stack_events=history(OLD),
        cloudformation__execute_change_set=AwsError(code, "obsolete"),
    )
    with pytest.raises(UserError, match="changed by someone else"):
        execute(door, WAITER, UPDATE, MemoryReporter())


def test_a_plan_that_cloudformation_does_not_run_leaves_nothing() -> None:
    door = FakeDoor(
        cloudformation__describe_stack_events=history(OLD),
        cloudformation__execute_change_set=AwsError("ValidationError", "Resource X cannot be deployed"),
        cloudformation__delete_change_set={},
        cloudformation__describe_stacks=stacks("REVIEW_IN_PROGRESS"),
        cloudformation__list_change_sets=[],
        cloudformation__delete_stack={},
    )
    with pytest.raises(UserError, match="does not run the plan for app: Resource X cannot be deployed"):
        execute(door, WAITER, CREATE, MemoryReporter())
    assert door.names[-2:] == ["cloudformation.list_change_sets", "cloudformation.delete_stack"]
