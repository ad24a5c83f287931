"""CloudTask under the policies that were generated from what its functions were seen to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.mailbox import Mailbox
from tests.support.policies import run_under_generated
from tests.support.systems import CloudTask, User

FUNCTIONS = ("CreateTask", "GetTasks", "UpdateTask", "DeleteTask")


@pytest.fixture
def own(tmp_path: Path, clouds: Clouds) -> Iterator[Cloud]:
    with clouds(tmp_path) as cloud:
        yield cloud


def story(user: User) -> None:
    created = user.post("/tasks", {"title": "Water the plants"})
    assert created.status_code == 201, created.text
    task = created.json()
    assert task in user.get("/tasks").json()["tasks"]
    assert user.put(f"/tasks/{task['taskId']}", {"done": True}).status_code == 200
    assert user.delete(f"/tasks/{task['taskId']}").status_code in (200, 204)


def test_a_system_runs_under_its_generated_policies(own: Cloud) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"""
    system = CloudTask(own)
    user = system.new_user(Mailbox(own))
    run_under_generated(
        own,
        [system.function(name) for name in FUNCTIONS],
        lambda: story(user),
        lambda: user.post("/tasks", {"title": "refused"}).status_code >= 500,
    )
