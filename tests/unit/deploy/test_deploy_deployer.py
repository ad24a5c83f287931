"""The whole of a deployment against a scripted AWS: the order of things, and what a no leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundcloud.deploy.build import CachedBuilder
from groundcloud.deploy.deployer import Deployer, DeployRequest
from groundcloud.deploy.guard import Consent
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.stack import Waiter
from groundcloud.errors import AwsError, UserError
from tests.fakes.aws_door import FakeDoor, in_turn, no_stack, stacks
from tests.fakes.deploy_reporter import MemoryReporter

ACCOUNT = "111122223333"
AWS = Profile("aws", "us-east-1", "", None)
LOCAL = Profile("embedded", "us-east-1", "000000000000", "http://127.0.0.1:4566")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "handler.py").write_text("def handler(event, context): return 1\n")
    body = {
        "Resources": {
            "Fn": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Code": "app", "Handler": "handler.handler", "Runtime": "python3.11", "Role": "arn"},
            }
        }
    }
    path = tmp_path / "app.json"
    path.write_text(json.dumps(body))
    return path


def fake_aws(**more: Any) -> FakeDoor:
    """An account without the stack, where creating it works."""
    answers: dict[str, Any] = {
        "sts__get_caller_identity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann"},
        "s3__head_bucket": in_turn(AwsError("404", "Not Found", 404)),
        "s3__create_bucket": {},
        "s3__put_public_access_block": {},
        "s3__put_object": {},
        "cloudformation__describe_stacks": in_turn(no_stack(), stacks("CREATE_COMPLETE")),
        "cloudformation__create_change_set": {"StackId": "arn:stack/app/1", "Id": "arn:set/1"},
        "cloudformation__describe_change_set": {"Status": "CREATE_COMPLETE", "Changes": []},
        "cloudformation__describe_stack_events": {"StackEvents": []},
        "cloudformation__execute_change_set": {},
        "cloudformation__list_stack_resources": [],
    }
    return FakeDoor(**(answers | more))


def deployer(profile: Profile, door: FakeDoor, tmp_path: Path, answer: str = "", **consent: Any) -> Deployer:
    return Deployer(
        profile=profile,
        door=door,
        builder=CachedBuilder(tmp_path / "cache", local=profile.local),
        reporter=MemoryReporter(),
        waiter=Waiter(sleep=lambda seconds: None),
        consent=Consent(**consent),
        ask=lambda question: answer,
    )


def test_on_aws_code_is_sent_and_the_plan_run_only_after_the_yes(template: Path, tmp_path: Path) -> None:
    door = fake_aws()
    done = deployer(AWS, door, tmp_path, ACCOUNT, terminal=True).deploy(DeployRequest(template))
    assert done.changed
    assert done.stack.status == "CREATE_COMPLETE"
    order = [
        name for name in door.names if name.split(".")[1] in ("create_change_set", "put_object", "execute_change_set")
    ]
    assert order == ["cloudformation.create_change_set", "s3.put_object", "cloudformation.execute_change_set"]
    assert door.names[0] == "sts.get_caller_identity"
    assert {call["ExpectedBucketOwner"] for call in door.called("s3.put_object")} == {ACCOUNT}


def test_a_no_sends_nothing_and_leaves_neither_change_set_nor_stack(template: Path, tmp_path: Path) -> None:
    door = fake_aws(
        cloudformation__delete_change_set={},
        cloudformation__describe_stacks=in_turn(no_stack(), stacks("REVIEW_IN_PROGRESS")),
        cloudformation__list_change_sets=[],
        cloudformation__delete_stack={},
    )
    with pytest.raises(UserError, match="Not confirmed"):
        deployer(AWS, door, tmp_path, "yes", terminal=True).deploy(DeployRequest(template))
    assert "cloudformation.delete_change_set" in door.names
    assert "cloudformation.delete_stack" in door.names
    assert "s3.put_object" not in door.names
    assert "s3.create_bucket" not in door.names
    assert "cloudformation.execute_change_set" not in door.names


def test_without_a_terminal_nothing_at_all_is_asked_of_aws_but_who_we_are(template: Path, tmp_path: Path) -> None:
    door = fake_aws()
    with pytest.raises(UserError, match="no terminal"):
        deployer(AWS, door, tmp_path).deploy(DeployRequest(template))
    assert door.names == ["sts.get_caller_identity"]


def test_an_unchanged_stack_is_neither_planned_nor_sent(template: Path, tmp_path: Path) -> None:
    first = fake_aws()
    deployer(LOCAL, first, tmp_path).deploy(DeployRequest(template))
    sent = json.loads(first.called("cloudformation.create_change_set")[0]["TemplateBody"])
    door = FakeDoor(
        cloudformation__describe_stacks=stacks("CREATE_COMPLETE"),
        cloudformation__get_template={"TemplateBody": sent},
        cloudformation__list_stack_resources=[],
    )
    assert not deployer(LOCAL, door, tmp_path).deploy(DeployRequest(template)).changed


def test_a_changed_handler_changes_the_template(template: Path, tmp_path: Path) -> None:
    bodies = []
    for code in ("return 1", "return 2"):
        (tmp_path / "app" / "handler.py").write_text(f"def handler(event, context): {code}\n")
        door = fake_aws()
        deployer(LOCAL, door, tmp_path).deploy(DeployRequest(template))
        bodies.append(door.called("cloudformation.create_change_set")[0]["TemplateBody"])
    assert bodies[0] != bodies[1]


def test_packages_that_are_there_are_not_sent_again(template: Path, tmp_path: Path) -> None:
    door = fake_aws(s3__head_bucket={}, s3__head_object={})
    deployer(LOCAL, door, tmp_path).deploy(DeployRequest(template))
    assert "s3.put_object" not in door.names


def test_someone_elses_artifact_bucket_is_not_used(template: Path, tmp_path: Path) -> None:
    door = fake_aws(s3__head_bucket=AwsError("403", "Forbidden", 403))
    with pytest.raises(UserError, match="cannot be used: S3 refuses it"):
        deployer(LOCAL, door, tmp_path).deploy(DeployRequest(template))
    assert "cloudformation.create_change_set" not in door.names


def test_outputs_that_were_not_taken_over_are_told(template: Path, tmp_path: Path) -> None:
    body = json.loads(template.read_text())
    template.write_text(json.dumps({**body, "Outputs": {"New": {"Value": "x"}}}))
    door = fake_aws(
        cloudformation__describe_stacks=stacks("CREATE_COMPLETE"),
        cloudformation__get_template={"TemplateBody": body},
        cloudformation__describe_change_set={"Status": "FAILED", "StatusReason": "didn't contain changes"},
        cloudformation__delete_change_set={},
    )
    it = deployer(LOCAL, door, tmp_path)
    assert not it.deploy(DeployRequest(template)).changed
    assert isinstance(it.reporter, MemoryReporter)
    assert it.reporter.warnings == ["Not taken over, as no resource changes with them: outputs New"]
