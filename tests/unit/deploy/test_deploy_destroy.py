"""Deleting a stack and what would block it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from groundcloud.deploy.build import CachedBuilder
from groundcloud.deploy.deployer import Deployer
from groundcloud.deploy.destroy import Destroyed, destroy, empty_bucket
from groundcloud.deploy.execute import DeployFailed
from groundcloud.deploy.guard import Consent
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.stack import Waiter
from groundcloud.errors import AwsError, UserError
from tests.fakes.aws_door import FakeDoor, in_turn, no_stack, stacks
from tests.fakes.deploy_reporter import MemoryReporter

STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack/app/1"
VERSIONS = {
    "Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}],
    "DeleteMarkers": [{"Key": "b", "VersionId": "3"}],
}


def deployer(door: FakeDoor, **consent: Any) -> Deployer:
    return Deployer(
        profile=Profile("embedded", "us-east-1", "000000000000", "http://127.0.0.1:4566"),
        door=door,
        builder=CachedBuilder(Path("/nowhere"), local=True),
        reporter=MemoryReporter(),
        waiter=Waiter(sleep=lambda seconds: None),
        consent=Consent(**(consent or {"yes": True})),
    )


def resource(logical_id: str, kind: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": f"{logical_id.lower()}-1",
        "ResourceType": kind,
        "ResourceStatus": "CREATE_COMPLETE",
    }


def event(number: int, logical_id: str, status: str, reason: str = "") -> dict[str, Any]:
    return {
        "EventId": str(number),
        "StackId": STACK,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": f"{logical_id.lower()}-1",
        "ResourceType": "AWS::S3::Bucket",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": datetime(2026, 11, 21, tzinfo=UTC),
    }


def world(**more: Any) -> FakeDoor:
    answers: dict[str, Any] = {
        "cloudformation__describe_stacks": in_turn(stacks("CREATE_COMPLETE"), stacks("DELETE_IN_PROGRESS"), no_stack()),
        "cloudformation__list_stack_resources": [
            resource("Site", "AWS::S3::Bucket"),
            resource("Kept", "AWS::S3::Bucket"),
        ],
        "cloudformation__get_template": {
            "TemplateBody": {"Resources": {"Site": {}, "Kept": {"DeletionPolicy": "Retain"}}}
        },
        "cloudformation__describe_stack_events": in_turn(
            {"StackEvents": []}, {"StackEvents": [event(1, "Kept", "DELETE_SKIPPED")]}
        ),
        "cloudformation__delete_stack": {},
        "s3__list_object_versions": VERSIONS,
        "s3__delete_objects": {},
    }
    return FakeDoor(**(answers | more))


def test_buckets_are_emptied_with_all_versions_but_kept_ones_are_not() -> None:
    door = world()
    assert destroy(deployer(door), "app") == Destroyed("app", True, ("Kept (kept-1)",))
    emptied = door.called("s3.delete_objects")
    assert [each["Bucket"] for each in emptied] == ["site-1"]
    assert [(each["Key"], each["VersionId"]) for each in emptied[0]["Delete"]["Objects"]] == [
        ("a", "1"),
        ("a", "2"),
        ("b", "3"),
    ]
    assert door.names.index("s3.delete_objects") < door.names.index("cloudformation.delete_stack")


def test_a_yaml_template_is_understood_too() -> None:
    text = "Resources:\n  Site: {Type: X, Properties: {A: !Ref B}}\n  Kept: {Type: X, DeletionPolicy: Retain}\n"
    door = world(cloudformation__get_template={"TemplateBody": text})
    destroy(deployer(door), "app")
    assert {each["Bucket"] for each in door.called("s3.delete_objects")} == {"site-1"}


def test_a_stack_that_is_not_there_is_no_error() -> None:
    assert destroy(deployer(FakeDoor(cloudformation__describe_stacks=no_stack())), "app") == Destroyed("app", False)


def test_nothing_is_emptied_without_a_yes() -> None:
    door = world()
    with pytest.raises(UserError, match="Not done without a yes: delete stack app with its 2 resources"):
        destroy(deployer(door, terminal=False), "app")
    assert "s3.delete_objects" not in door.names
    assert "cloudformation.delete_stack" not in door.names


def test_protection_and_running_operations_are_respected() -> None:
    protected = stacks("CREATE_COMPLETE", EnableTerminationProtection=True)
    with pytest.raises(UserError, match="protected against deletion"):
        destroy(deployer(FakeDoor(cloudformation__describe_stacks=protected)), "app")
    busy = stacks("UPDATE_IN_PROGRESS")
    with pytest.raises(UserError, match="another operation is running"):
        destroy(deployer(FakeDoor(cloudformation__describe_stacks=busy)), "app")


def test_a_deletion_that_sticks_names_the_reason() -> None:
    door = world(
        cloudformation__describe_stacks=in_turn(stacks("CREATE_COMPLETE"), stacks("DELETE_FAILED")),
        cloudformation__describe_stack_events=in_turn(
            {"StackEvents": []}, {"StackEvents": [event(1, "Site", "DELETE_FAILED", "not empty")]}
        ),
    )
    with pytest.raises(DeployFailed, match="Site .AWS::S3::Bucket.: not empty"):
        destroy(deployer(door), "app")


def test_a_bucket_that_is_gone_is_empty() -> None:
    assert empty_bucket(FakeDoor(s3__list_object_versions=AwsError("NoSuchBucket", "gone", 404)), "b") == 0


def test_a_locked_object_is_told() -> None:
    locked = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "Object is locked"}]}
    door = FakeDoor(s3__list_object_versions=VERSIONS, s3__delete_objects=locked)
    with pytest.raises(UserError, match="Bucket b cannot be emptied: a: Object is locked"):
        empty_bucket(door, "b")


def test_large_buckets_are_emptied_in_batches() -> None:
    many = {"Versions": [{"Key": str(number), "VersionId": "1"} for number in range(1500)]}
    door = FakeDoor(s3__list_object_versions=many, s3__delete_objects={})
    assert empty_bucket(door, "b") == 1500
    assert [len(each["Delete"]["Objects"]) for each in door.called("s3.delete_objects")] == [1000, 500]
