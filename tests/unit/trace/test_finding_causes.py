"""What is written and what is delivered have the same names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.trace import causes
from groundcloud.trace.links import Cause, Links

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/notes"
WRITER, OTHER, RUN = Cause("1-a", "s1"), Cause("1-b", "s2"), Cause("1-c", "s3")


def record(keys: dict[str, Any], number: str = "100") -> dict[str, Any]:
    return {
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"{TABLE}/stream/2026",
        "dynamodb": {"Keys": keys, "SequenceNumber": number},
    }


@pytest.mark.parametrize(
    ("service", "operation", "response", "etag", "event"),
    [
        ("sqs", "SendMessage", {"MessageId": "m1"}, "", {"eventSource": "aws:sqs", "messageId": "m1", "body": "x"}),
        (
            "sqs",
            "SendMessageBatch",
            {"Successful": [{"MessageId": "m0"}, {"MessageId": "m1"}]},
            "",
            {"eventSource": "aws:sqs", "messageId": "m1", "body": "x"},
        ),
        ("sns", "Publish", {"MessageId": "n1"}, "", {"EventSource": "aws:sns", "Sns": {"MessageId": "n1"}}),
        (
            "sns",
            "Publish",
            {"MessageId": "n1"},
            "",
            {
                "eventSource": "aws:sqs",
                "messageId": "m9",
                "body": json.dumps({"Type": "Notification", "TopicArn": "t", "MessageId": "n1"}),
            },
        ),
        (
            "kinesis",
            "PutRecord",
            {"SequenceNumber": "4", "ShardId": "s"},
            "",
            {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": "4"}},
        ),
        (
            "s3",
            "PutObject",
            None,
            '"e1"',
            {"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}, "object": {"key": "a+b%2Bc", "eTag": "e1"}}},
        ),
    ],
    ids=["message", "batch", "topic", "topic-to-queue", "kinesis", "object"],
)
def test_both_sides_agree(service: str, operation: str, response: Any, etag: str, event: dict[str, Any]) -> None:
    raw = json.dumps(response).encode() if response else b""
    wrote = causes.written(service, operation, "b/a b+c", response, raw, etag)
    links = Links()
    assert links.wrote(wrote, [], WRITER) == []
    assert links.causes_of(causes.delivered({"Records": [event]}), RUN) == [WRITER]


def test_an_event_of_a_bus() -> None:
    wrote = causes.written("events", "PutEvents", "", {"Entries": [{"EventId": "e1"}]}, b"", "")
    links = Links()
    links.wrote(wrote, [], WRITER)
    assert links.causes_of(causes.delivered({"id": "e1", "detail-type": "x"}), RUN) == [WRITER]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutItem", {"TableName": "notes", "Item": {"id": {"S": "1"}, "n": {"N": "2"}}}),
        ("UpdateItem", {"TableName": TABLE, "Key": {"id": {"S": "1"}}}),
        ("BatchWriteItem", {"RequestItems": {"notes": [{"PutRequest": {"Item": {"id": {"S": "1"}}}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Delete": {"TableName": "notes", "Key": {"id": {"S": "1"}}}}]}),
    ],
)
def test_a_tables_change(operation: str, request_: dict[str, Any]) -> None:
    items = [
        (TABLE.rpartition("/")[0] + "/" + table, item) for table, item in causes.items_written(operation, request_)
    ]
    links = Links()
    links.wrote([], items, WRITER)
    event = causes.delivered({"Records": [record({"id": {"S": "1"}})]})
    assert links.causes_of(event, RUN) == [WRITER]
    assert links.causes_of(event, OTHER) == [WRITER], "another reader of the same stream"


def test_a_schedules_event_has_no_cause() -> None:
    """docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html: nobody has put it."""
    event = {"id": "e9", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "resources": ["rule"]}
    links = Links()
    assert causes.kind_of(event) == "delivery" and causes.source_of(event) == "events"
    assert links.causes_of(causes.delivered(event), RUN) == []
    keys = causes.written("events", "PutEvents", "", {"Entries": [{"EventId": "e8"}]}, b"", "")
    assert links.wrote(keys, [], WRITER) == []


def test_changes_of_one_item_are_told_apart_by_their_order() -> None:
    links, item = Links(), {"id": {"S": "1"}}
    links.wrote([], [(TABLE, item)], WRITER)
    links.wrote([], [(TABLE, item)], OTHER)
    first = causes.delivered({"Records": [record(item, "100")]})
    second = causes.delivered({"Records": [record(item, "101")]})
    assert links.causes_of(first, RUN) == [WRITER]
    assert links.causes_of(second, RUN) == [OTHER]


def test_a_delivery_may_come_before_its_write_is_over() -> None:
    links = Links()
    assert links.causes_of([("sqs", "m1")], RUN) == []
    assert links.wrote([("sqs", "m1")], [], WRITER) == [RUN]
    change = causes.delivered({"Records": [record({"id": {"S": "1"}})]})
    assert links.causes_of(change, RUN) == []
    assert links.wrote([], [(TABLE, {"id": {"S": "1"}, "n": {"N": "2"}})], WRITER) == [RUN]


def test_the_header_that_a_message_carries() -> None:
    header = "Root=1-00000000-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"
    message = {"eventSource": "aws:sqs", "messageId": "m", "body": "x", "attributes": {"AWSTraceHeader": header}}
    found = Links().causes_of(causes.delivered({"Records": [message]}), RUN)
    assert found == [Cause("1-00000000-0123456789abcdef01234567", "0123456789abcdef")]


def test_traces_that_were_merged_are_followed() -> None:
    links = Links()
    links.merged("1-a", "1-b")
    links.merged("1-b", "1-c")
    assert links.trace_of("1-a") == "1-c" and links.trace_of("1-x") == "1-x"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"triggerSource": "PreSignUp_SignUp", "userPoolId": "p"}, "trigger"),
        ({"RequestType": "Create", "ResponseURL": "u", "StackId": "s"}, "trigger"),
        ({"type": "TOKEN", "methodArn": "a"}, "authorizer"),
        ({"Records": [{"eventSource": "aws:sqs"}]}, "delivery"),
        ({"detail-type": "t", "source": "s", "detail": {}}, "delivery"),
        ({"httpMethod": "GET"}, "invocation"),
        ([], "invocation"),
        (None, "invocation"),
    ],
)
def test_kinds(event: Any, kind: str) -> None:
    assert causes.kind_of(event) == kind
