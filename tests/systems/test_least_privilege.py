"""CloudTask under the policies that were generated from what its functions were seen to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox
from tests.support.systems import CloudTask, User

FUNCTIONS = ("CreateTask", "GetTasks", "UpdateTask", "DeleteTask")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path).start()
    yield cloud
    cloud.close()


def story(user: User) -> None:
    created = user.post("/tasks", {"title": "Water the plants"})
    assert created.status_code == 201, created.text
    task = created.json()
    assert task in user.get("/tasks").json()["tasks"]
    assert user.put(f"/tasks/{task['taskId']}", {"done": True}).status_code == 200
    assert user.delete(f"/tasks/{task['taskId']}").status_code in (200, 204)


def replace_policies(cloud: Cloud, role: str, document: dict[str, object]) -> None:
    iam = cloud.client("iam")
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    iam.put_role_policy(RoleName=role, PolicyName="generated", PolicyDocument=json.dumps(document))


def test_a_system_runs_under_its_generated_policies(own: Cloud) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"""
    system = CloudTask(own)
    user = system.new_user(Mailbox(own))
    story(user)
    found = {name: own.control("/iam/policy", params={"function": system.function(name)}).json() for name in FUNCTIONS}
    for name, advice in found.items():
        assert advice["seen"] > 0 and advice["missing"] == [], (name, advice)
    for advice in found.values():
        replace_policies(
            own,
            advice["role"].rpartition("/")[2],
            {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
        )
    assert user.post("/tasks", {"title": "refused"}).status_code >= 500
    for advice in found.values():
        replace_policies(own, advice["role"].rpartition("/")[2], advice["policy"])
    story(user)
