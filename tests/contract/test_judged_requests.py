"""What the edge has judged goes straight to its service: it has to be answered as by the engine's whole way, denials
above all. The engine is the source of each answer here; what AWS says of them stands in the tests of IAM and of the
services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud

Document = dict[str, Any]
Case = tuple[str, str, Document]

KEY = {"id": {"S": "bob"}}
OTHERS = {"id": {"S": "eve"}}
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
TAKEN = "x-forwarded-proto"
"""A header that changes no answer, and with which a request goes the engine's whole way."""

ANSWERED: tuple[Case, ...] = (
    ("dynamodb", "put_item", {"TableName": "orders", "Item": KEY}),
    ("dynamodb", "get_item", {"TableName": "orders", "Key": KEY}),
    ("dynamodb", "get_item", {"TableName": "nowhere", "Key": KEY}),
    ("dynamodb", "put_item", {"TableName": "orders", "Item": {"other": {"S": "a"}}}),
    ("dynamodb", "query", {"TableName": "orders", "KeyConditionExpression": "oops"}),
    ("dynamodb", "describe_table", {"TableName": "orders"}),
    ("sqs", "list_queues", {}),
    ("sqs", "get_queue_url", {"QueueName": "nowhere"}),
    ("ssm", "get_parameter", {"Name": "/p"}),
    ("ssm", "get_parameter", {"Name": "/nowhere"}),
    ("secretsmanager", "list_secrets", {}),
    ("secretsmanager", "get_secret_value", {"SecretId": "nowhere"}),
    ("kms", "list_keys", {}),
    ("kms", "describe_key", {"KeyId": "alias/nowhere"}),
    ("events", "list_event_buses", {}),
    ("events", "describe_rule", {"Name": "nowhere"}),
    ("stepfunctions", "list_state_machines", {}),
    ("stepfunctions", "describe_state_machine", {"stateMachineArn": MACHINE}),
)
REFUSED: tuple[Case, ...] = (
    ("dynamodb", "put_item", {"TableName": "locked", "Item": KEY}),
    ("dynamodb", "put_item", {"TableName": "nobodys", "Item": KEY}),
    ("dynamodb", "delete_item", {"TableName": "orders", "Key": KEY}),
    ("dynamodb", "get_item", {"TableName": "owned", "Key": OTHERS}),
    ("dynamodb", "update_item", {"TableName": "orders", "Key": KEY}),
    ("dynamodb", "batch_write_item", {"RequestItems": {"locked": [{"PutRequest": {"Item": KEY}}]}}),
    ("dynamodb", "transact_write_items", {"TransactItems": [{"Delete": {"TableName": "orders", "Key": KEY}}]}),
    ("dynamodb", "execute_statement", {"Statement": "SELECT * FROM orders WHERE id='bob'"}),
    ("sqs", "create_queue", {"QueueName": "q"}),
    ("ssm", "delete_parameter", {"Name": "/p"}),
    ("secretsmanager", "create_secret", {"Name": "s", "SecretString": "x"}),
    ("kms", "create_key", {}),
    ("events", "put_rule", {"Name": "r", "ScheduleExpression": "rate(1 day)"}),
    ("stepfunctions", "delete_state_machine", {"stateMachineArn": MACHINE}),
)
"""By a missing statement, an explicit deny, a condition on the item, a boundary."""

MAY = [
    {"Effect": "Allow", "Resource": "*", "Action": ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:DescribeTable"]},
    {"Effect": "Allow", "Resource": "*", "Action": ["dynamodb:UpdateItem", "dynamodb:BatchWriteItem"]},
    {"Effect": "Allow", "Resource": "*", "Action": ["sqs:List*", "sqs:Get*", "ssm:Get*", "kms:List*", "kms:Describe*"]},
    {"Effect": "Allow", "Resource": "*", "Action": ["secretsmanager:Get*", "secretsmanager:List*", "events:*"]},
    {"Effect": "Allow", "Resource": "*", "Action": ["states:List*", "states:Describe*"]},
    {"Effect": "Deny", "Resource": "*", "Action": "events:PutRule"},
    {"Effect": "Deny", "Resource": "arn:aws:dynamodb:*:*:table/locked", "Action": "dynamodb:*"},
    {"Effect": "Deny", "Resource": "arn:aws:dynamodb:*:*:table/nobodys", "Action": "dynamodb:*"},
    {
        "Effect": "Allow",
        "Resource": "*",
        "Action": "dynamodb:GetItem",
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}},
    },
]
MOST = [
    {"Effect": "Allow", "Resource": "*", "Action": "*"},
    {"Effect": "Deny", "Resource": "*", "Action": "dynamodb:UpdateItem"},
]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Document
    request_id: str


class Asker:
    """Asks as one caller, by either way."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._clients: dict[tuple[str, bool], Any] = {}

    def __call__(self, case: Case, *, whole_way: bool) -> Answer:
        service, operation, params = case
        client = self._client(service, whole_way=whole_way)
        try:
            answer = getattr(client, operation)(**params)
        except ClientError as refused:
            answer = dict(refused.response)
        told = answer.pop("ResponseMetadata")
        headers = dict(told["HTTPHeaders"])
        assert headers.pop("x-amzn-requestid")
        headers.pop("date", None)  # refusals of the edge's have none
        return Answer(told["HTTPStatusCode"], headers, answer, told["RequestId"])

    def _client(self, service: str, *, whole_way: bool) -> Any:
        if (service, whole_way) not in self._clients:
            client = self._aws.client(service, use_ssl=False)  # made to measure: events are its own
            if whole_way:
                client.meta.events.register("before-send.*", _take_the_whole_way)
            self._clients[service, whole_way] = client
        return self._clients[service, whole_way]


def _take_the_whole_way(request: Any, **_: Any) -> None:
    request.headers[TAKEN] = "http"


@pytest.fixture(scope="module")
def askers(cloud: Cloud) -> Iterator[dict[str, Asker]]:
    """``root``, and the user ``bob`` who may do what `MAY` and the boundary `MOST` let him."""
    root = Aws(cloud.endpoint, new_account())
    iam, tables = root.client("iam"), root.client("dynamodb")
    for name in ("orders", "locked", "owned"):
        tables.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        tables.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    root.client("ssm").put_parameter(Name="/p", Value="v", Type="String")
    most = iam.create_policy(PolicyName="most", PolicyDocument=_policy(MOST))["Policy"]["Arn"]
    iam.create_user(UserName="bob", PermissionsBoundary=most)
    iam.put_user_policy(UserName="bob", PolicyName="may", PolicyDocument=_policy(MAY))
    keys = iam.create_access_key(UserName="bob")["AccessKey"]
    bob = Aws(cloud.endpoint, keys["AccessKeyId"], secret=keys["SecretAccessKey"])
    yield {"root": Asker(root), "bob": Asker(bob)}
    bob.close()
    root.close()


def _policy(statements: list[Document]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _name(case: Case) -> str:
    return "-".join([case[0], case[1], *(value[-20:] for value in case[2].values() if isinstance(value, str))])


@pytest.mark.parametrize("case", ANSWERED, ids=_name)
@pytest.mark.parametrize("caller", ["root", "bob"])
def test_answers_are_those_of_the_whole_way(askers: dict[str, Asker], caller: str, case: Case) -> None:
    """Status, headers, body, and of errors code and message."""
    straight, whole = (askers[caller](case, whole_way=way) for way in (False, True))
    assert straight[:3] == whole[:3]
    assert "AccessDenied" not in str(straight.body)


@pytest.mark.parametrize("case", REFUSED, ids=_name)
def test_denials_are_those_of_the_whole_way(askers: dict[str, Asker], case: Case) -> None:
    """Status, code and message, whichever kind of policy denies."""
    straight, whole = (askers["bob"](case, whole_way=way) for way in (False, True))
    assert straight[:3] == whole[:3]
    assert straight.body["Error"]["Code"].startswith("AccessDenied")
    assert "is not authorized to perform" in straight.body["Error"]["Message"]


def test_the_answers_id_is_the_one_of_the_decision(askers: dict[str, Asker], cloud: Cloud) -> None:
    """amazondynamodb/latest/developerguide/Programming.Errors.html: a RequestId is what support asks for. Only what
    goes straight has the edge's; so this says that it did."""
    case = ("dynamodb", "put_item", {"TableName": "orders", "Item": KEY})
    straight, whole = (askers["bob"](case, whole_way=way).request_id for way in (False, True))

    def actions(request_id: str) -> list[str]:
        found = cloud.control("/iam/decisions", params={"requestId": request_id}).json()["decisions"]
        return [decision["action"] for decision in found]

    assert actions(straight) == ["dynamodb:PutItem"]
    assert actions(whole) == []
