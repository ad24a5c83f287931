"""When events are tried again, and what is told of them: pure."""

from __future__ import annotations

import json

import pytest

from groundcloud.runtime.asynchronous import records, schedule, store
from groundcloud.runtime.asynchronous.event import Event, Policy, Ran, read_policy
from groundcloud.runtime.function import Reference, choose
from tests.fakes.fake_engine import SCOPE

NOW = 1_700_000_000.0
REFERENCE = Reference(SCOPE, "f", "live")


def event(**changes) -> Event:
    return Event(
        **{"request_id": "r", "reference": REFERENCE, "payload": b"{}", "trace": "t", "accepted": NOW, "due": NOW}
        | changes
    )


@pytest.mark.parametrize(("attempts", "due"), [(1, NOW + 60), (2, NOW + 120), (3, None)])
def test_an_error_is_tried_again_after_one_minute_and_two(attempts, due) -> None:
    assert schedule.after_failure(event(attempts=attempts), Policy(), NOW) == due


def test_no_retries() -> None:
    assert schedule.after_failure(event(attempts=1), Policy(max_retries=0), NOW) is None


@pytest.mark.parametrize(("refusals", "delay"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (1000, 300)])
def test_a_throttle_backs_off_up_to_five_minutes(refusals, delay) -> None:
    assert schedule.after_refusal(event(refusals=refusals), Policy(), NOW) == NOW + delay


def test_nothing_waits_beyond_its_age() -> None:
    policy = Policy(max_age=30)
    assert schedule.after_failure(event(attempts=1), policy, NOW) == NOW + 30
    assert schedule.too_old(event(attempts=1), policy, NOW + 30)
    assert not schedule.too_old(event(), policy, NOW + 30)
    assert not schedule.too_old(event(attempts=1), policy, NOW + 29)


def test_a_policy_is_the_functions_or_the_defaults() -> None:
    assert read_policy({}, "arn:dead") == Policy(2, 21600, "", "", "arn:dead")
    config = {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": "arn:x"}},
    }
    assert read_policy(config, "") == Policy(0, 60, "", "arn:x", "")


def test_the_record_of_an_event_that_never_ran_has_no_response() -> None:
    record = records.invocation_record(event(payload=b'"e"'), Ran(), "EventAgeExceeded", "arn", NOW)
    assert record == {
        "version": "1.0",
        "timestamp": "2023-11-14T22:13:20.000Z",
        "requestContext": {
            "requestId": "r",
            "functionArn": "arn",
            "condition": "EventAgeExceeded",
            "approximateInvokeCount": 0,
        },
        "requestPayload": "e",
    }


def test_a_dead_letter_carries_the_first_kilobyte_of_the_error() -> None:
    ran = Ran(payload=json.dumps({"errorMessage": "é" * 1000}).encode())
    assert records.dead_letter_attributes(event(), ran)["ErrorMessage"]["StringValue"] == "é" * 512
    assert "ErrorMessage" not in records.dead_letter_attributes(event(), Ran(payload=b"[]"))


def test_an_object_key_names_function_and_time() -> None:
    assert records.object_key("f", "u", NOW) == "aws/lambda/async/f/2023/11/14/2023-11-14T22.13.20-u"


def test_events_are_kept_and_taken_once(tmp_path) -> None:
    file = tmp_path / "state" / "events.json"
    kept = event(payload=b"\xff", attempts=1, client_context="{}")
    store.save(file, [kept])
    assert store.take(file) == [kept]
    assert store.take(file) == []
    store.save(file, [])
    assert not file.exists()


def test_a_damaged_file_loses_its_events_and_stops_nothing(tmp_path, caplog) -> None:
    file = tmp_path / "events.json"
    file.write_text('[{"requestId": 1}]')
    assert store.take(file) == []
    assert "not readable" in caplog.text


@pytest.mark.parametrize(
    ("chance", "version"), [(0.0, "2"), (0.19, "2"), (0.2, "3"), (0.49, "3"), (0.5, "1"), (0.99, "1")]
)
def test_an_aliass_weights_share_the_chance(chance, version) -> None:
    assert choose("1", (("2", 0.2), ("3", 0.3)), chance) == version
