"""What CloudFormation is asked, and what its answers mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groundcloud.deploy.artifacts import Store
from groundcloud.deploy.build import CachedBuilder
from groundcloud.deploy.changeset import drop, is_unchanged, make_plan, settle
from groundcloud.deploy.limits import TEMPLATE_BODY_BYTES
from groundcloud.deploy.package import Packaged
from groundcloud.deploy.plan import Change, Plan
from groundcloud.deploy.stack import Stack, Waiter
from groundcloud.deploy.template import Template
from groundcloud.errors import AwsError, UserError
from tests.fakes.aws_door import FakeDoor, in_turn, no_stack, stacks
from tests.fakes.deploy_reporter import MemoryReporter

BODY: dict[str, Any] = {"Parameters": {"P": {"Type": "String"}}, "Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
WAITER = Waiter(sleep=lambda seconds: None)


def a_stack(status: str = "CREATE_COMPLETE", **parameters: str) -> Stack:
    return Stack("app", "arn:stack/app/1", status, parameters=parameters)


def packaged(body: dict[str, Any] = BODY) -> Packaged:
    return Packaged(Template(Path("/app/template.yaml"), body), body, (), ())


def store(door: FakeDoor) -> Store:
    return Store(door, "000000000000", CachedBuilder(Path("/nowhere"), local=True), MemoryReporter())


def holding(body: Any) -> FakeDoor:
    return FakeDoor(cloudformation__get_template={"TemplateBody": body})


def test_a_stack_with_the_same_template_and_parameters_is_unchanged() -> None:
    door = holding(BODY)
    assert is_unchanged(door, a_stack(P="1"), packaged(), {})
    assert is_unchanged(door, a_stack(P="1"), packaged(), {"P": "1"})
    assert door.called("cloudformation.get_template")[0]["TemplateStage"] == "Original"


@pytest.mark.parametrize(
    ("stack", "body", "given"),
    [
        (a_stack(P="1"), {**BODY, "Description": "new"}, {}),
        (a_stack(P="1"), BODY, {"P": "2"}),
        (a_stack("UPDATE_ROLLBACK_COMPLETE", P="1"), BODY, {}),
        (a_stack(P="****"), BODY, {"P": "secret"}),
        (a_stack(P="1"), {**BODY, "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}}}, {}),
        (a_stack(P="1"), {**BODY, "Transform": ["MyMacro"]}, {}),
        (a_stack(P="1"), {**BODY, "Transform": {"Name": "AWS::Include"}}, {}),
    ],
)
def test_what_may_have_changed_is_not_unchanged(stack: Stack, body: dict[str, Any], given: dict[str, str]) -> None:
    assert not is_unchanged(holding(BODY), stack, packaged(body), given)


def test_a_template_sent_as_yaml_by_another_tool_is_left_to_cloudformation() -> None:
    assert not is_unchanged(holding("Resources: ..."), a_stack(P="1"), packaged(), {})


@pytest.mark.parametrize("stack", [None, a_stack("REVIEW_IN_PROGRESS")])
def test_nothing_yet_means_create(stack: Stack | None) -> None:
    assert settle(FakeDoor(), WAITER, stack) is None


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_sound_stack_is_updated(status: str) -> None:
    assert settle(FakeDoor(), WAITER, a_stack(status)) == a_stack(status)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"])
def test_an_empty_leftover_is_deleted_first(status: str) -> None:
    door = FakeDoor(
        cloudformation__list_stack_resources=[],
        cloudformation__delete_stack={},
        cloudformation__describe_stacks=in_turn(stacks("DELETE_IN_PROGRESS"), no_stack()),
    )
    assert settle(door, WAITER, a_stack(status)) is None
    assert door.called("cloudformation.delete_stack") == [{"StackName": "arn:stack/app/1"}]


def test_a_leftover_that_holds_something_is_not_deleted_without_asking() -> None:
    table = {"LogicalResourceId": "Table", "PhysicalResourceId": "t", "ResourceType": "T", "ResourceStatus": "X"}
    door = FakeDoor(cloudformation__list_stack_resources=[table])
    with pytest.raises(UserError, match="DELETE_FAILED and still holds Table") as caught:
        settle(door, WAITER, a_stack("DELETE_FAILED"))
    assert "make destroy STACK=app" in caught.value.hint


def test_a_leftover_that_cannot_be_removed_is_told() -> None:
    door = FakeDoor(cloudformation__delete_stack={}, cloudformation__describe_stacks=stacks("DELETE_FAILED"))
    with pytest.raises(UserError, match="could not be removed: it is DELETE_FAILED"):
        settle(door, WAITER, a_stack("ROLLBACK_COMPLETE"))


@pytest.mark.parametrize(
    ("status", "words"),
    [("UPDATE_IN_PROGRESS", "another operation is running"), ("UPDATE_ROLLBACK_FAILED", "stuck in")],
)
def test_states_that_a_person_must_resolve(status: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        settle(FakeDoor(), WAITER, a_stack(status))
    assert caught.value.hint


def planning(described: dict[str, Any], **answers: Any) -> FakeDoor:
    return FakeDoor(
        cloudformation__create_change_set={"StackId": "arn:stack/app/1", "Id": "arn:set/1"},
        cloudformation__describe_change_set=in_turn({"Status": "CREATE_IN_PROGRESS"}, described),
        **answers,
    )


def test_a_plan_is_cloudformations_change_set() -> None:
    changes = [
        {"ResourceChange": {"Action": "Modify", "LogicalResourceId": "B", "ResourceType": "T", "Replacement": "True"}},
        {"ResourceChange": {"Action": "Add", "LogicalResourceId": "A", "ResourceType": "T"}},
    ]
    door = planning({"Status": "CREATE_COMPLETE", "Changes": changes})
    plan = make_plan(door, WAITER, store(door), "app", a_stack(P="1"), packaged(), {})
    assert plan == Plan(
        "app", "arn:stack/app/1", "arn:set/1", "UPDATE", (Change("Add", "A", "T"), Change("Modify", "B", "T", "True"))
    )
    asked = door.called("cloudformation.create_change_set")[0]
    assert asked["ChangeSetType"] == "UPDATE"
    assert asked["Parameters"] == [{"ParameterKey": "P", "UsePreviousValue": True}]
    assert set(asked["Capabilities"]) == {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}


@pytest.mark.parametrize(
    "reason",
    ["The submitted information didn't contain changes. Submit different...", "No updates are to be performed."],
)
def test_no_change_is_no_plan_and_leaves_no_change_set(reason: str) -> None:
    door = planning({"Status": "FAILED", "StatusReason": reason}, cloudformation__delete_change_set={})
    assert make_plan(door, WAITER, store(door), "app", a_stack(P="1"), packaged(), {}) is None
    assert door.called("cloudformation.delete_change_set") == [{"ChangeSetName": "arn:set/1"}]


def test_a_failed_change_set_of_a_new_stack_leaves_nothing() -> None:
    door = planning(
        {"Status": "FAILED", "StatusReason": "Transform failed: bad event"},
        cloudformation__delete_change_set={},
        cloudformation__describe_stacks=stacks("REVIEW_IN_PROGRESS"),
        cloudformation__list_change_sets=[],
        cloudformation__delete_stack={},
    )
    with pytest.raises(UserError, match="refuses /app/template.yaml: Transform failed: bad event"):
        make_plan(door, WAITER, store(door), "app", None, packaged(), {"P": "1"})
    assert "cloudformation.delete_stack" in door.names


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("Template format error: Unrecognized resource types: [AWS::Foo::Bar]", "Check the spelling of Type"),
        ("Template format error: Unresolved resource dependencies [X] in the Resources block", "Ref, GetAtt or Sub"),
    ],
)
def test_a_template_that_is_refused_outright(message: str, hint: str) -> None:
    door = FakeDoor(cloudformation__create_change_set=AwsError("ValidationError", message))
    with pytest.raises(UserError) as caught:
        make_plan(door, WAITER, store(door), "app", None, packaged(), {"P": "1"})
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_large_template_goes_by_way_of_s3() -> None:
    body = {**BODY, "Description": "x" * TEMPLATE_BODY_BYTES}
    door = planning({"Status": "CREATE_COMPLETE", "Changes": []}, s3__head_bucket={}, s3__put_object={})
    make_plan(door, WAITER, store(door), "app", None, packaged(body), {"P": "1"})
    asked = door.called("cloudformation.create_change_set")[0]
    sent = door.called("s3.put_object")[0]
    assert "TemplateBody" not in asked
    assert asked["TemplateURL"] == f"https://s3.us-east-1.amazonaws.com/{sent['Bucket']}/{sent['Key']}"
    assert sent["ExpectedBucketOwner"] == "000000000000"


def test_a_template_beyond_cloudformations_limit_is_refused() -> None:
    with pytest.raises(UserError, match="CloudFormation takes 1,000,000"):
        make_plan(FakeDoor(), WAITER, store(FakeDoor()), "app", None, packaged({"Description": "x" * 1_000_000}), {})


def test_dropping_a_plan_keeps_a_stack_that_another_plan_waits_for() -> None:
    door = FakeDoor(
        cloudformation__delete_change_set={},
        cloudformation__describe_stacks=stacks("REVIEW_IN_PROGRESS"),
        cloudformation__list_change_sets=[{"Status": "CREATE_COMPLETE"}],
    )
    drop(door, Plan("app", "arn:stack/app/1", "arn:set/1", "CREATE", ()))
    assert "cloudformation.delete_stack" not in door.names


def test_a_plans_summary_and_what_it_puts_at_risk() -> None:
    changes = (Change("Add", "A", "T"), Change("Add", "B", "T"), Change("Modify", "C", "T", "Conditional"))
    plan = Plan("app", "1", "2", "UPDATE", (*changes, Change("Remove", "D", "T")))
    assert plan.summary() == "2 to add, 1 to change, 1 to remove"
    assert [change.logical_id for change in plan.replaces] == ["C", "D"]
    assert Plan("app", "1", "2", "UPDATE", ()).summary() == "only outputs change"
