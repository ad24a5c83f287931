"""The map's page: templates and traces together."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from flask.testing import FlaskClient

from groundcloud.settings import Settings
from tests.fakes.console_doors import FakeAws, FakeControl, FakeStacks, FakeWire
from ui.readers.kept import Kept
from ui.readers.types import Console

EVIL = "<script>alert(1)</script>"
LATER = 4_000_000_000.0
"""A time that is not long ago, however long the tests take."""
LONG_AGO = 1.0


class CloudFormation:
    """Stacks by name: their templates, in which everything was made, as ``STACK-LogicalId``."""

    def __init__(self, **stacks: dict[str, Any]) -> None:
        self.stacks = stacks
        self.calls: Counter[str] = Counter()
        self.changed = datetime(2026, 11, 21, tzinfo=UTC)
        self.refusal = ""

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"_{name}"))

    def _describe_stacks(self) -> list[dict[str, Any]]:
        self.calls["describe_stacks"] += 1
        if self.refusal:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": self.refusal}}, "DescribeStacks")
        return [
            {
                "Stacks": [
                    {"StackName": n, "StackId": n, "StackStatus": "CREATE_COMPLETE", "CreationTime": self.changed}
                    for n in self.stacks
                ]
            }
        ]

    def _list_stack_resources(self, StackName: str) -> list[dict[str, Any]]:
        self.calls["list_stack_resources"] += 1
        found = [
            {
                "LogicalResourceId": name,
                "ResourceType": each["Type"],
                "PhysicalResourceId": f"{StackName}-{name}",
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name, each in self.stacks[StackName].items()
        ]
        return [{"StackResourceSummaries": found}]

    def get_template(self, StackName: str, TemplateStage: str) -> dict[str, Any]:
        self.calls["get_template"] += 1
        return {"TemplateBody": {"Resources": self.stacks[StackName]}}


def function(*names: str) -> dict[str, Any]:
    variables = {name: {"Ref": name} for name in names}
    return {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": variables}}}


@pytest.fixture
def shop(door: FakeAws, control: FakeControl) -> CloudFormation:
    """An API, its function and its table, none of them used yet."""
    uri = {"Fn::GetAtt": ["Create", "Arn"]}
    found = CloudFormation(
        shop={
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"uri": uri}}},
            "Create": function("Tasks"),
            "Tasks": {"Type": "AWS::DynamoDB::Table"},
        }
    )
    door.clients["cloudformation"] = found
    control.answers["GET /traces/flows"] = {"spans": 0, "flows": []}
    return found


def flow(cause: tuple[str, str] | None, place: tuple[str, str], **given: Any) -> dict[str, Any]:
    named = [dict(zip(("service", "name"), each, strict=True)) if each else None for each in (cause, place)]
    numbers = {"count": 1, "errors": 0, "last": LATER}
    return {"from": named[0], "to": named[1], "account": "000000000000", "region": "us-east-1"} | numbers | given


def edges(visitor: FlaskClient, query: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    found = visitor.get(f"/api/map{query}").get_json()["edges"]
    return {(each["source"], each["target"]): each for each in found}


@pytest.mark.usefixtures("shop")
def test_what_templates_declare_is_drawn_with_the_way_to_each_page(visitor: FlaskClient) -> None:
    page = visitor.get("/map").text
    assert page.count('data-testid="node"') == 3 and page.count('data-testid="edge"') == 2
    assert 'href="/functions/shop-Create"' in page and 'href="/tables/shop-Tasks"' in page
    assert 'href="/apis/shop-Api"' in page
    assert 'class="edge declared' in page and "style=" not in page
    found = edges(visitor)
    assert set(found) == {("shop/Api", "shop/Create"), ("shop/Create", "shop/Tasks")}
    assert found["shop/Create", "shop/Tasks"]["declared_by"] == ["Create.Environment"]


@pytest.mark.usefixtures("shop")
def test_what_traces_saw_is_drawn_over_it(visitor: FlaskClient, control: FakeControl) -> None:
    control.answers["GET /traces/flows"] = {
        "spans": 9,
        "flows": [
            flow(None, ("execute-api", "shop-Api"), count=4),
            flow(("execute-api", "shop-Api"), ("lambda", "shop-Create"), count=3, errors=1),
            flow(("lambda", "shop-Create"), ("dynamodb", "arn:aws:dynamodb:r:1:table/shop-Tasks"), last=LONG_AGO),
            flow(("lambda", "shop-Create"), ("ssm", EVIL)),
            flow(None, ("dynamodb", "shop-Tasks"), count=7),
            flow(None, ("execute-api", "other")),
            flow(("lambda", "gone"), ("dynamodb", "shop-Tasks")),
        ],
    }
    found = edges(visitor)
    assert set(found) == {
        ("shop/*Callers", "shop/Api"),
        ("shop/Api", "shop/Create"),
        ("shop/Create", "shop/Tasks"),
        ("shop/Create", "shop/*ssm"),
    }
    called, wrote = found["shop/Api", "shop/Create"], found["shop/Create", "shop/Tasks"]
    assert (called["count"], called["errors"], called["recent"]) == (3, 1, True)
    assert (wrote["count"], wrote["recent"], wrote["declared_by"]) == (1, False, ["Create.Environment"])
    page = visitor.get("/map").text
    assert page.count('class="edge seen') == 4 + 3  # and three in the legend
    asked = next(each for each in control.asked if each.url.path.endswith("/traces/flows"))
    assert dict(asked.url.params) == {"account": "000000000000", "region": "us-east-1"}


def test_a_stack_is_read_again_only_when_it_has_changed(visitor: FlaskClient, shop: CloudFormation) -> None:
    for _ in range(3):
        visitor.get("/map")
    assert shop.calls == {"describe_stacks": 3, "list_stack_resources": 1, "get_template": 1}
    shop.changed = datetime(2026, 11, 22, tzinfo=UTC)
    visitor.get("/map")
    assert shop.calls["get_template"] == 2


def test_one_stack_of_several(visitor: FlaskClient, shop: CloudFormation) -> None:
    shop.stacks["mail"] = {"Box": {"Type": "AWS::S3::Bucket"}, "Role": {"Type": "AWS::IAM::Role"}}
    assert visitor.get("/map").text.count('data-testid="node"') == 4
    page = visitor.get("/map?stack=mail").text
    assert page.count('data-testid="node"') == 1 and 'href="/buckets/mail-Box"' in page
    assert "No stack called none" in visitor.get("/map?stack=none").text


def test_a_large_map_asks_for_no_more_than_a_small_one(
    visitor: FlaskClient, door: FakeAws, control: FakeControl
) -> None:
    resources: dict[str, Any] = {f"Table{n}": {"Type": "AWS::DynamoDB::Table"} for n in range(60)}
    resources |= {f"Run{n}": function(f"Table{n % 60}", f"Table{n * 7 % 60}") for n in range(120)}
    door.clients["cloudformation"] = large = CloudFormation(large=resources)
    control.answers["GET /traces/flows"] = {"spans": 0, "flows": []}
    for _ in range(2):
        assert visitor.get("/map").text.count('data-testid="node"') == 180
    assert large.calls == {"describe_stacks": 2, "list_stack_resources": 1, "get_template": 1}
    assert len([each for each in control.asked if each.url.path.endswith("/traces/flows")]) == 2


def test_nothing_is_deployed(visitor: FlaskClient, control: FakeControl) -> None:
    control.answers["GET /traces/flows"] = {"spans": 0, "flows": []}
    page = visitor.get("/map").text
    assert "Nothing is deployed in this account" in page and "make deploy" in page


@pytest.mark.usefixtures("shop")
def test_a_cloud_that_keeps_no_traces(visitor: FlaskClient, control: FakeControl) -> None:
    del control.answers["GET /traces/flows"]
    page = visitor.get("/map").text
    assert "No traces are kept here" in page and page.count('data-testid="edge"') == 2


def test_real_aws_is_drawn_from_templates_alone(
    visitor: FlaskClient, shop: CloudFormation, door: FakeAws, control: FakeControl
) -> None:
    settings = Settings(profile="aws")
    application = visitor.application
    application.extensions["console"] = Console(settings, control, door, FakeWire(), FakeStacks())
    assert set(edges(visitor)) == {("shop/Api", "shop/Create"), ("shop/Create", "shop/Tasks")}
    assert control.asked == [] and shop.calls["get_template"] == 1


def test_cloudformation_refuses(visitor: FlaskClient, shop: CloudFormation) -> None:
    shop.refusal = EVIL
    page = visitor.get("/map").text
    assert "The stacks could not be read: &lt;script&gt;" in page and EVIL not in page


def test_names_are_never_markup(visitor: FlaskClient, shop: CloudFormation, control: FakeControl) -> None:
    shop.stacks[EVIL] = {EVIL: function("Tasks"), "Tasks": {"Type": "AWS::DynamoDB::Table"}}
    control.answers["GET /traces/flows"] = {
        "spans": 1,
        "flows": [flow(("lambda", f"{EVIL}-{EVIL}"), (EVIL, EVIL)), flow(None, ("lambda", f"{EVIL}-{EVIL}"))],
    }
    page = visitor.get("/map").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert "<script>alert" not in visitor.get(f"/map?stack={EVIL}x").text


def test_what_is_kept_is_bounded() -> None:
    kept, read = Kept(2), Counter[str]()

    def reading(name: str) -> str:
        def find() -> str:
            read[name] += 1
            return name

        found: str = kept.get((name,), find)
        return found

    for name in ("a", "b", "a", "c", "a", "b"):
        assert reading(name) == name
    assert read == {"a": 1, "b": 2, "c": 1}
