"""Intake's handlers, imported as Lambda imports them: their folder is the root of their imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.handlers import handlers, sample_event


@pytest.fixture(scope="session")
def intake() -> SimpleNamespace:
    """The modules of the folder by name."""
    return handlers("intake", TABLE_NAME="records", BUCKET_NAME="processed")


class FakeStore:
    """The table and the bucket, in memory: what was written, and in which order."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.written: list[str] = []

    def put_item(self, *, Item: dict[str, Any]) -> None:
        self.items[Item["user_id"], Item["record_id"]] = Item
        self.written.append("item")

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:
        assert (Bucket, ContentType) == ("processed", "application/json")
        self.objects[Key] = json.loads(Body)
        self.written.append("object")

    def query(
        self,
        *,
        KeyConditionExpression: Any,
        ScanIndexForward: bool,
        Limit: int,
        ExclusiveStartKey: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        assert ScanIndexForward is False
        user = KeyConditionExpression.get_expression()["values"][1]
        keys = sorted((key for key in self.items if key[0] == user), reverse=True)
        if ExclusiveStartKey:
            assert ExclusiveStartKey["user_id"] == user
            keys = [key for key in keys if key[1] < ExclusiveStartKey["record_id"]]
        page: dict[str, Any] = {"Items": [self.items[key] for key in keys[:Limit]]}
        return page | ({"LastEvaluatedKey": {}} if len(keys) > Limit else {})


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def submit(intake: SimpleNamespace, store: FakeStore) -> Callable[..., tuple[int, Any]]:
    """`submit(body, user="ada")`: (status, answer). `body` is text, or a value that becomes JSON."""

    def call(body: Any, user: str | None = "ada", **changes: Any) -> tuple[int, Any]:
        body = body if isinstance(body, str | None) else json.dumps(body)
        event = sample_event("intake", "submit-record") | {"body": body} | changes
        event["requestContext"]["authorizer"]["claims"]["sub"] = user
        work = intake.submit_record.submit_record
        answer = intake.api.serve(event, None, lambda: work(event, store, store, "processed"))
        return answer["statusCode"], json.loads(answer["body"])

    return call


@pytest.fixture
def records(intake: SimpleNamespace, store: FakeStore) -> Callable[..., tuple[int, Any]]:
    """`records(user="ada", limit="2")`: (status, answer)."""

    def call(user: str | None = "ada", **query: str) -> tuple[int, Any]:
        event = sample_event("intake", "get-records") | {"queryStringParameters": query or None}
        event["requestContext"]["authorizer"]["claims"]["sub"] = user
        answer = intake.api.serve(event, None, lambda: intake.get_records.get_records(event, store))
        return answer["statusCode"], json.loads(answer["body"])

    return call
