"""What is refused before LocalStack's own CloudFormation sees it, and what goes on as it came."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope
from groundcloud.stacks.apis import nothing_refused
from groundcloud.stacks.capabilities import capability_problem
from groundcloud.stacks.stacks import Stacks
from groundcloud.stacks.upstream import UpstreamStacks
from groundcloud.stacks.views import NAMESPACE
from tests.fakes.fake_engine import SCOPE, FakeEngine

PLAN = "arn:aws:cloudformation:us-east-1:123456789012:changeSet/late/1"
KEYS = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
TABLE = {"Thing": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders", **KEYS}}}
QUEUE = {"Thing": {"Type": "AWS::SQS::Queue"}}


class Upstream(FakeEngine):
    """LocalStack with the tables and stacks that a test gives it; `sent` are the calls that it was to answer itself."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[str] = []
        self.stacks: dict[str, dict[str, Any]] = {}
        self.sent: list[Request] = []
        self.on("dynamodb", "ListTables", lambda params, scope: {"TableNames": self.tables})
        self.on("cloudformation", "DescribeStacks", self._describe)
        self.on("cloudformation", "GetTemplate", lambda params, scope: self.stacks[params["StackName"]]["template"])
        self.on("cloudformation", "DescribeStackResources", lambda params, scope: {"StackResources": []})

    def add_stack(self, name: str, template: str | None, status: str = "CREATE_COMPLETE") -> None:
        described = {"StackId": f"arn:{name}", "StackName": name, "StackStatus": status}
        shown = {} if template is None else {"TemplateBody": template}
        self.stacks[name] = {"described": described, "template": shown}

    def _describe(self, params: dict[str, Any], scope: Scope) -> Any:
        if params["StackName"] not in self.stacks:
            raise AwsError("ValidationError", "no such stack", 400)
        return {"Stacks": [self.stacks[params["StackName"]]["described"]]}

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response:
        self.sent.append(request)
        body = f'<R xmlns="{NAMESPACE}"><CreateChangeSetResult><Id>{PLAN}</Id></CreateChangeSetResult></R>'
        return Response(200, body=body.encode())


@pytest.fixture
def engine() -> Upstream:
    return Upstream()


@pytest.fixture
def stacks(engine: Upstream) -> UpstreamStacks:
    return UpstreamStacks(engine, lambda: None, Stacks(engine), nothing_refused)


def template(resources: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Resources": resources, **more})


def call(stacks: UpstreamStacks, operation: str, **fields: str) -> Response | None:
    headers = Headers([("Content-Type", "application/x-www-form-urlencoded")])
    request = Request("POST", "/", headers=headers, body=urlencode({"Action": operation, **fields}).encode())
    return asyncio.run(stacks.handle(operation, request, SCOPE))


def test_what_nothing_is_wrong_with_goes_on_as_it_came(stacks: UpstreamStacks, engine: Upstream) -> None:
    assert call(stacks, "CreateStack", StackName="s", TemplateBody=template(TABLE)) is None
    assert engine.sent == []


def test_a_taken_name_is_refused(stacks: UpstreamStacks, engine: Upstream) -> None:
    engine.tables = ["orders"]
    with pytest.raises(AwsError, match="identifier 'orders' already exists"):
        call(stacks, "CreateStack", StackName="s", TemplateBody=template(TABLE))


def test_a_name_that_localstack_makes_up_is_another_each_time(stacks: UpstreamStacks, engine: Upstream) -> None:
    engine.tables = ["s-Thing-12345678"]
    nameless = {"Thing": {"Type": "AWS::DynamoDB::Table", "Properties": KEYS}}
    assert call(stacks, "CreateStack", StackName="s", TemplateBody=template(nameless)) is None


def test_a_name_that_is_taken_before_the_change_set_is_carried_out(stacks: UpstreamStacks, engine: Upstream) -> None:
    plan = {"StackName": "s", "ChangeSetName": "late", "ChangeSetType": "CREATE"}
    made = call(stacks, "CreateChangeSet", TemplateBody=template(TABLE), **plan)
    assert made is not None and made.status == 200
    engine.tables = ["orders"]
    for named in ({"ChangeSetName": PLAN}, {"ChangeSetName": "late", "StackName": "s"}):
        with pytest.raises(AwsError, match="identifier 'orders' already exists"):
            call(stacks, "ExecuteChangeSet", **named)
    assert call(stacks, "ExecuteChangeSet", ChangeSetName="late", StackName="another") is None


def test_capabilities_are_asked_for(stacks: UpstreamStacks) -> None:
    role = template({"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}})
    with pytest.raises(AwsError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        call(stacks, "CreateStack", StackName="s", TemplateBody=role)
    given = {"Capabilities.member.1": "CAPABILITY_NAMED_IAM"}
    assert call(stacks, "CreateStack", StackName="s", TemplateBody=role, **given) is None


@pytest.mark.parametrize(
    ("kind", "properties", "enough"),
    [
        ("AWS::SQS::Queue", {}, {"", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}),
        ("AWS::IAM::User", {}, {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}),
        ("AWS::IAM::User", {"UserName": "ann"}, {"CAPABILITY_NAMED_IAM"}),
        ("AWS::IAM::Policy", {"PolicyName": "p"}, {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}),
    ],
)
def test_which_capability_is_enough(kind: str, properties: dict[str, Any], enough: set[str]) -> None:
    body = {"Resources": {"One": {"Type": kind, "Properties": properties}}}
    given = {"", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    assert {one for one in given if capability_problem(body, [one]) is None} == enough


def test_an_update_to_the_same_is_none(stacks: UpstreamStacks, engine: Upstream) -> None:
    engine.add_stack("s", template(QUEUE))
    with pytest.raises(AwsError, match=r"No updates are to be performed\."):
        call(stacks, "UpdateStack", StackName="s", TemplateBody=template(QUEUE, Description="said anew"))
    assert call(stacks, "UpdateStack", StackName="s", TemplateBody=template({**QUEUE, **TABLE})) is None
    tags = {"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}
    assert call(stacks, "UpdateStack", StackName="s", TemplateBody=template(QUEUE), **tags) is None


def test_the_template_of_before_is_sent_along(stacks: UpstreamStacks, engine: Upstream) -> None:
    """LocalStack knows no `UsePreviousTemplate`."""
    engine.add_stack("s", template(QUEUE))
    plan = {"StackName": "s", "ChangeSetName": "c", "UsePreviousTemplate": "true", "Tags.member.1.Key": "k"}
    call(stacks, "CreateChangeSet", **plan)
    (sent,) = engine.sent
    assert urlencode({"TemplateBody": template(QUEUE)}).encode() in sent.body
    assert b"UsePreviousTemplate" not in sent.body


def test_a_stack_that_nothing_was_deployed_in_can_be_deleted(stacks: UpstreamStacks, engine: Upstream) -> None:
    engine.add_stack("s", None, "REVIEW_IN_PROGRESS")
    assert call(stacks, "DeleteStack", StackName="s") is None
    assert call(stacks, "CreateChangeSet", StackName="s", ChangeSetName="late", TemplateBody=template(QUEUE))


def test_the_plugins_stacks_are_ours(stacks: UpstreamStacks, engine: Upstream) -> None:
    body = template({"Role": {"Type": "AWS::IAM::Role", "Properties": {}}})
    fields = urlencode({"Action": "ValidateTemplate", "TemplateBody": body}).encode()
    headers = Headers([("Content-Type", "application/x-www-form-urlencoded"), ("x-groundcloud-forwarded", "1")])
    request = Request("POST", "/", headers=headers, body=fields)
    answer = asyncio.run(stacks.handle("ValidateTemplate", request, SCOPE))
    assert answer is not None and answer.status == 200
