"""The screen Deploy: what CloudFormation is asked, and what is shown of its answers."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.console_doors import FakeAws
from tests.fakes.refusals import refusal
from ui.readers.deploy import MOST_TEMPLATE

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


class FakeCloudFormation:
    """One stack, ``shop``, with a change set of two pages; `calls` are the writes that were asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.status = "UPDATE_ROLLBACK_COMPLETE"
        self.detection = "DETECTION_COMPLETE"

    def _told(self) -> dict[str, Any]:
        return {"StackName": "shop", "StackStatus": self.status, "CreationTime": NOW, "Description": EVIL}

    def get_paginator(self, _operation: str) -> FakeCloudFormation:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Stacks": [self._told(), self._told() | {"StackName": "gone", "StackStatus": "DELETE_COMPLETE"}]}]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        if StackName != "shop":
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        return {"Stacks": [self._told()]}

    def describe_stack_events(self, **_asked: Any) -> dict[str, Any]:
        event = {
            "EventId": "e1",
            "Timestamp": NOW,
            "LogicalResourceId": "Table",
            "ResourceType": "AWS::DynamoDB::Table",
        }
        return {"StackEvents": [event | {"ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": EVIL}]}

    def get_template(self, **_asked: Any) -> dict[str, Any]:
        return {"TemplateBody": f"Description: {EVIL}"}

    def list_change_sets(self, **_asked: Any) -> dict[str, Any]:
        return {"Summaries": [self._change_set()]}

    def _change_set(self) -> dict[str, Any]:
        told = {"ChangeSetName": "c1", "Status": "CREATE_COMPLETE", "CreationTime": NOW}
        return told | {"ExecutionStatus": "AVAILABLE"}

    def describe_change_set(self, NextToken: str = "", **_asked: Any) -> dict[str, Any]:
        changed = {"LogicalResourceId": EVIL, "ResourceType": "AWS::SQS::Queue"}
        details = [{"Target": {"Attribute": "Properties", "Name": "QueueName"}}, {"Target": {"Name": "QueueName"}}]
        if NextToken:
            return {"Changes": [{"ResourceChange": changed | {"Action": "Remove"}}]}
        modify = changed | {"Action": "Modify", "Replacement": "Conditional", "Details": details}
        return self._change_set() | {"Changes": [{"ResourceChange": modify}], "NextToken": "more"}

    def detect_stack_drift(self, **_asked: Any) -> dict[str, Any]:
        return {"StackDriftDetectionId": "d1"}

    def describe_stack_drift_detection_status(self, **_asked: Any) -> dict[str, Any]:
        return {"DetectionStatus": self.detection, "StackDriftStatus": "DRIFTED", "DetectionStatusReason": "no rights"}

    def describe_stack_resource_drifts(self, **_asked: Any) -> dict[str, Any]:
        told = {"LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue", "StackResourceDriftStatus": "MODIFIED"}
        difference = {"PropertyPath": "/VisibilityTimeout", "ExpectedValue": "30", "ActualValue": EVIL}
        return {"StackResourceDrifts": [told | {"PropertyDifferences": [difference]}]}

    def __getattr__(self, name: str) -> Any:
        return lambda **asked: self.calls.append((name, asked))


@pytest.fixture
def cloudformation(door: FakeAws) -> FakeCloudFormation:
    client = FakeCloudFormation()
    door.clients["cloudformation"] = client
    return client


def test_stacks_and_the_events_of_one(visitor: FlaskClient, cloudformation: FakeCloudFormation) -> None:
    listed = visitor.get("/deploy").text
    assert "/deploy/shop" in listed and "/deploy/gone" not in listed and EVIL not in listed
    page = visitor.get("/deploy/shop").text
    assert "UPDATE_FAILED" in page and "can be carried out" in page and EVIL not in page
    assert visitor.get("/api/deploy/shop").get_json()["events"][0]["health"] == "bad"
    assert "Stack with id other does not exist" in visitor.get("/deploy/other").text


def test_a_change_set_says_what_it_would_do(visitor: FlaskClient, cloudformation: FakeCloudFormation) -> None:
    page = visitor.get("/deploy/shop/changes/c1").text
    assert "Modify" in page and "Remove" in page and "perhaps" in page and EVIL not in page
    changes = visitor.get("/api/deploy/shop/changes/c1").get_json()["changes"]
    assert [each["why"] for each in changes] == [["QueueName"], []]


def test_changes_that_lose_something_are_asked_about_once(visitor: FlaskClient, cloudformation: Any) -> None:
    asked = 'data-confirm="execute-dialog"'
    assert asked in visitor.get("/deploy/shop/changes/c1").text
    added = {"LogicalResourceId": "Jobs", "ResourceType": "AWS::SQS::Queue", "Action": "Add"}
    only_added = cloudformation._change_set() | {"Changes": [{"ResourceChange": added}]}
    cloudformation.describe_change_set = lambda **_asked: only_added
    page = visitor.get("/deploy/shop/changes/c1").text
    assert "Carry out" in page and asked not in page and 'data-confirm="discard-dialog"' in page


@pytest.mark.parametrize(("name", "kind"), [("shop", "UPDATE"), ("new", "CREATE")])
def test_a_template_is_planned(send: Send, cloudformation: FakeCloudFormation, name: str, kind: str) -> None:
    file = (io.BytesIO(b"Resources: {}"), "template.yaml")
    answer = send("/deploy/plan", stack=name, parameters="Size=2\n\nName = a=b", file=file)
    assert answer.status_code == 303 and f"/deploy/{name}/changes/console-" in answer.headers["Location"]
    ((call, asked),) = cloudformation.calls
    assert (call, asked["ChangeSetType"], asked["TemplateBody"]) == ("create_change_set", kind, "Resources: {}")
    assert asked["Parameters"][1] == {"ParameterKey": "Name", "ParameterValue": "a=b"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"template": ""}, "The template is empty."),
        ({"template": "x" * (MOST_TEMPLATE + 1)}, "51,200 bytes"),
        ({"template": "Resources: {}", "parameters": "Size"}, "is no parameter"),
    ],
    ids=["empty", "large", "parameters"],
)
def test_what_cannot_be_planned_stays_in_the_form(send: Send, cloudformation: Any, form: Any, said: str) -> None:
    answer = send("/deploy/plan", stack="shop", **form)
    assert answer.status_code == 400 and said in answer.text and form["template"] in answer.text
    assert cloudformation.calls == []


def test_a_change_set_is_carried_out_or_deleted_and_a_stack_deleted(send: Send, cloudformation: Any) -> None:
    for path in ("changes/c1/execute", "changes/c1/delete", "delete"):
        assert send(f"/deploy/shop/{path}").status_code == 303
    assert [call for call, _asked in cloudformation.calls] == [
        "execute_change_set",
        "delete_change_set",
        "delete_stack",
    ]


def test_drift_is_looked_for_and_shown(send: Send, visitor: FlaskClient, cloudformation: FakeCloudFormation) -> None:
    assert send("/deploy/shop/drift").headers["Location"] == "/deploy/shop/drift/d1"
    page = visitor.get("/deploy/shop/drift/d1").text
    assert "/VisibilityTimeout" in page and "drifted" in page and EVIL not in page
    cloudformation.detection = "DETECTION_IN_PROGRESS"
    assert visitor.get("/api/deploy/shop/drift/d1").get_json()["drifted"] is None
    cloudformation.detection = "DETECTION_FAILED"
    assert "no rights" in visitor.get("/deploy/shop/drift/d1").text
