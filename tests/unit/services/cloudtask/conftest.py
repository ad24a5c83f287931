"""CloudTask's handlers, imported as Lambda imports them: their folder is the root of their imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.handlers import handlers, sample_event
from tests.unit.services.cloudtask.fake_table import FakeTable

Event = dict[str, Any]


@pytest.fixture(scope="session")
def functions() -> SimpleNamespace:
    """The modules of the folder by name."""
    return handlers("cloudtask", TABLE_NAME="tasks")


@pytest.fixture
def table() -> FakeTable:
    """An empty table."""
    return FakeTable()


@pytest.fixture
def sample() -> Callable[..., Event]:
    """`sample("create-task", user="ada", body=…, …)`: a sample event of the service with some keys changed.

    `body` may be text, or any value that JSON can hold; `taskId` goes to the path, `query` is a dict.
    """

    def build(name: str, *, user: str | None = "ada", task_id: str | None = None, **changes: Any) -> Event:
        event = sample_event("cloudtask", name)
        event["requestContext"]["authorizer"]["claims"]["sub"] = user
        if task_id is not None:
            event["pathParameters"] = {"taskId": task_id}
        if "query" in changes:
            event["queryStringParameters"] = changes.pop("query")
        if not isinstance(changes.get("body"), str | None):
            changes["body"] = json.dumps(changes["body"])
        return event | changes

    return build


@pytest.fixture
def call(functions: SimpleNamespace, table: FakeTable) -> Callable[..., tuple[int, Any]]:
    """`call("create_task", event)`: the function's work through `serve`, on the fake table: (status, body)."""

    def invoke(name: str, event: Event) -> tuple[int, Any]:
        work = getattr(getattr(functions, name), name)
        response = functions.api.serve(event, None, lambda: work(event, table))
        return response["statusCode"], json.loads(response["body"]) if response["body"] else None

    return invoke


@pytest.fixture
def add(call: Callable[..., tuple[int, Any]], sample: Callable[..., Event]) -> Callable[..., dict[str, Any]]:
    """`add("Buy milk", user="ada")`: a task that exists."""

    def create(title: str = "Buy milk", user: str = "ada", **fields: Any) -> dict[str, Any]:
        status, task = call("create_task", sample("create-task", user=user, body={"title": title, **fields}))
        assert status == 201
        return dict(task)

    return create
