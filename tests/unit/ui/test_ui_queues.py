"""The screen Queues: what SQS and EventBridge are asked, and what is shown of their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.console_doors import FakeAws
from tests.fakes.fake_sqs import BASE, FakeEvents, FakeSqs

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def sqs(door: FakeAws) -> FakeSqs:
    client = FakeSqs()
    door.clients["sqs"] = client
    return client


@pytest.fixture
def events(door: FakeAws) -> FakeEvents:
    client = FakeEvents()
    door.clients["events"] = client
    return client


def test_queues_are_listed_with_their_dead_letter_queues(visitor: FlaskClient, sqs: FakeSqs) -> None:
    sqs.add("jobs", 1, "x")
    assert "dead</a> after 3 receives" in visitor.get("/queues").text
    (jobs, dead) = visitor.get("/api/queues").get_json()["queues"]
    assert (jobs["visible"], jobs["dead"], dead["dead"]) == (1, "dead", "")


def test_a_queue_that_is_not_there(visitor: FlaskClient, sqs: FakeSqs) -> None:
    assert "The specified queue does not exist." in visitor.get("/queues/other").text


def test_looking_at_the_page_receives_nothing(visitor: FlaskClient, sqs: FakeSqs) -> None:
    sqs.add("jobs", 1, "hello")
    assert "hello" not in visitor.get("/queues/jobs").text
    assert sqs.visibility == []


def test_a_peek_leaves_messages_where_they_are(send: Send, sqs: FakeSqs) -> None:
    assert "No message is visible now." in send("/queues/jobs/peek").text
    sqs.add("jobs", 1, '{"html": "' + EVIL + '"}')
    page = send("/queues/jobs/peek").text
    assert "&lt;script&gt;alert(1)" in page and EVIL not in page and "received 1 time<" in page
    assert sqs.visibility == [0, 0] and not sqs.hidden


def test_a_long_message_opens_and_deleting_it_asks(send: Send, sqs: FakeSqs) -> None:
    sqs.add("jobs", 1, "x" * 5000)
    page = send("/queues/jobs/peek").text
    assert "<summary>All 5 KB</summary>" in page and f"{'x' * 4000}…</pre>" in page
    assert 'data-confirm="message-1-dialog"' in page


def test_a_message_is_sent_with_attributes_and_a_delay(send: Send, sqs: FakeSqs) -> None:
    answer = send("/queues/jobs/send", body="hello", delay="5", attributes='{"kind": "order"}')
    assert answer.status_code == 303
    (asked,) = sqs.sent
    assert asked["DelaySeconds"] == 5
    assert asked["MessageAttributes"] == {"kind": {"DataType": "String", "StringValue": "order"}}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"delay": "soon"}, "The delay is a number of seconds"),
        ({"attributes": "{"}, "The attributes are not JSON"),
        ({"attributes": '{"n": 1}'}, "The attributes are a JSON object of texts"),
    ],
)
def test_what_cannot_be_sent_stays_in_the_form(send: Send, sqs: FakeSqs, fields: Any, said: str) -> None:
    answer = send("/queues/jobs/send", body="keep me", **fields)
    assert answer.status_code == 400 and said in answer.text and "keep me" in answer.text
    assert sqs.sent == []


def test_a_redrive_sends_each_message_again_before_it_deletes_it(
    send: Send, visitor: FlaskClient, sqs: FakeSqs
) -> None:
    for number in range(12):
        sqs.add("dead", number, f"body {number}", MessageGroupId="g", AWSTraceHeader="Root=1")
    answer = send("/queues/dead/redrive", source="jobs")
    assert answer.status_code == 303 and sqs.messages["dead"] == []
    assert [each["MessageBody"] for each in sqs.sent] == [f"body {number}" for number in range(12)]
    assert {each["QueueUrl"] for each in sqs.sent} == {BASE + "jobs"}
    assert sqs.sent[0]["MessageGroupId"] == "g"
    assert sqs.sent[0]["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"] == "Root=1"
    assert "12 messages went back to jobs." in visitor.get("/queues/dead").text


def test_a_redrive_goes_only_to_where_messages_came_from(send: Send, sqs: FakeSqs) -> None:
    sqs.add("dead", 1, "x")
    assert send("/queues/dead/redrive", source="other").status_code == 400
    assert len(sqs.messages["dead"]) == 1


def test_a_message_is_deleted_and_a_queue_purged(send: Send, sqs: FakeSqs) -> None:
    sqs.add("jobs", 1, "x")
    sqs.add("jobs", 2, "y")
    assert send("/queues/jobs/delete", receipt="r1").status_code == 303
    assert [each["MessageId"] for each in sqs.messages["jobs"]] == ["m2"]
    assert send("/queues/jobs/purge").status_code == 303 and not sqs.messages["jobs"]


def test_rules_and_their_targets(visitor: FlaskClient, events: FakeEvents) -> None:
    page = visitor.get("/events").text
    assert "orders" in page and "arn:aws:sqs:us-east-1:000000000000:jobs" in page
    assert "<script>&" not in page and '["<script>"]' not in page
    assert "No rules on shop" in visitor.get("/events?bus=shop").text


def test_an_event_is_put(send: Send, events: FakeEvents) -> None:
    form = {"bus": "shop", "source": "shop", "kind": "order placed", "detail": '{"id": 1}'}
    assert send("/events/put", **form).headers["Location"] == "/events?bus=shop"
    (entry,) = events.put
    assert entry == {"EventBusName": "shop", "Source": "shop", "DetailType": "order placed", "Detail": '{"id": 1}'}


def test_an_event_that_is_refused_stays_in_the_form(send: Send, events: FakeEvents) -> None:
    events.failure = {"ErrorCode": "InvalidArgument", "ErrorMessage": "no"}
    answer = send("/events/put", source="s", kind="k", detail="{}")
    assert answer.status_code == 400 and "InvalidArgument: no" in answer.text
    answer = send("/events/put", source="s", kind="k", detail="[1")
    assert "The detail is not JSON" in answer.text and "[1" in answer.text and len(events.put) == 1
