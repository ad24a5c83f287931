"""The screen Functions: what Lambda and the control routes are asked, and what is shown of their answers."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.console_doors import BlankClient, FakeAws, FakeControl
from tests.fakes.refusals import refusal
from ui.readers.functions import BOUNDS, Run, latencies_of, runs_of

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:greet"
REPORT = (
    "REPORT RequestId: r-1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t"
)
COLD = REPORT + "Init Duration: 56.70 ms\t"


class FakeLambda:
    """The function ``greet``, which answers `payload`."""

    def __init__(self) -> None:
        self.payload = json.dumps({"hello": EVIL})
        self.error = ""
        self.log = f"START RequestId: r-1\n{EVIL}\n{COLD}\n"
        self.events: list[bytes] = []

    def _told(self) -> dict[str, Any]:
        return {
            "FunctionName": "greet",
            "FunctionArn": ARN,
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "MemorySize": 128,
            "Timeout": 3,
            "LastModified": "2026-11-21T00:00:00.000+0000",
            "Role": "arn:aws:iam::000000000000:role/greet",
            "Environment": {"Variables": {"PASSWORD": "hunter2"}},
        }

    def list_functions(self, **_asked: Any) -> dict[str, Any]:
        return {"Functions": [self._told()], "NextMarker": "more"}

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:
        if FunctionName != "greet":
            raise refusal("ResourceNotFoundException", f"Function not found: {FunctionName}", 404)
        return self._told()

    def invoke(self, Payload: bytes, **_asked: Any) -> dict[str, Any]:
        self.events.append(Payload)
        log = base64.b64encode(self.log.encode()).decode()
        answer = {"StatusCode": 200, "Payload": io.BytesIO(self.payload.encode()), "LogResult": log}
        return answer | ({"FunctionError": self.error} if self.error else {})


class FakeLogs(BlankClient):
    """What ``greet`` logged."""

    def __init__(self, *messages: str) -> None:
        super().__init__("logs")
        self.messages = messages

    def describe_log_streams(self, **_asked: Any) -> dict[str, Any]:
        return {"logStreams": [{"logStreamName": "s", "lastEventTimestamp": 1795248000000}]}

    def filter_log_events(self, **_asked: Any) -> dict[str, Any]:
        stream = {"logStreamName": "s", "timestamp": 1795248000000}
        return {"events": [stream | {"message": each} for each in self.messages]}


@pytest.fixture
def aws(door: FakeAws, control: FakeControl) -> FakeLambda:
    client = FakeLambda()
    door.clients |= {"lambda": client, "logs": FakeLogs()}
    control.answers |= {
        "GET /functions/greet/environments": {"idle": 2, "busy": 1},
        "GET /functions/sources": {"sources": [{"functionArn": ARN, "folder": "/home/ann/app"}]},
    }
    return client


def test_when_a_function_was_changed_is_a_local_time(visitor: FlaskClient, aws: FakeLambda) -> None:
    assert 'datetime="2026-11-21T00:00:00.000+00:00"' in visitor.get("/functions/greet").text


def test_functions_are_listed(visitor: FlaskClient, aws: FakeLambda) -> None:
    page = visitor.get("/functions").text
    assert "/functions/greet" in page and "python3.12" in page and "after=more" in page


def test_a_function_shows_what_is_warm_and_hides_what_is_secret(visitor: FlaskClient, aws: FakeLambda) -> None:
    page = visitor.get("/functions/greet").text
    assert "2 warm, 1 at work or starting" in page and "/home/ann/app" in page
    assert "PASSWORD" in page and "hunter2" not in page
    assert "hunter2" not in visitor.get("/api/functions/greet").text
    assert "hunter2" in visitor.get("/functions/greet/variable?variable=PASSWORD").text
    assert visitor.get("/functions/greet/variable?variable=OTHER").status_code == 404
    assert visitor.get("/functions/other").status_code == 404


def test_a_sample_event_is_filled_in(visitor: FlaskClient, aws: FakeLambda) -> None:
    found = visitor.get("/api/functions/greet?sample=sqs").get_json()
    assert json.loads(found["event"])["Records"][0]["eventSource"] == "aws:sqs"
    assert visitor.get("/functions/greet?sample=other").status_code == 404


def test_a_call_says_whether_it_was_cold_and_what_it_took(send: Send, aws: FakeLambda) -> None:
    page = send("/functions/greet/invoke", event='{"name": "ann"}').text
    assert aws.events == [b'{"name": "ann"}']
    assert "cold" in page and "12 ms" in page and "57 ms to start" in page and "40 MB" in page
    assert EVIL not in page and "&lt;script&gt;alert(1)" in page
    aws.log, aws.error = f"{REPORT}\n", "Unhandled"
    page = send("/functions/greet/invoke", event="{}").text
    assert "warm</span>" in page and "Unhandled" in page


def test_an_event_that_is_not_json_is_not_sent(send: Send, aws: FakeLambda) -> None:
    answer = send("/functions/greet/invoke", event="{oops")
    assert answer.status_code == 400 and "The event is not JSON" in answer.text and "{oops" in answer.text
    assert aws.events == []


def test_latencies_and_errors_come_from_the_log(visitor: FlaskClient, door: FakeAws, aws: FakeLambda) -> None:
    error = f"[ERROR] KeyError: 'x'\rTraceback (most recent call last):\r  File \"/var/task/app.py\", line 7 {EVIL}"
    door.clients["logs"] = FakeLogs("START RequestId: r-1", error, COLD, REPORT)
    found = visitor.get("/api/functions/greet").get_json()["latencies"]
    assert (found["count"], found["cold"], found["start"], found["p50"]) == (2, 1, 56.7, 12.34)
    assert found["bars"] == [{"until": 20, "count": 2, "percent": 100.0}]
    page = visitor.get("/functions/greet").text
    assert "line 7 &lt;script&gt;" in page and EVIL not in page


def test_a_function_is_made_cold(send: Send, control: FakeControl, aws: FakeLambda) -> None:
    control.answers["DELETE /functions/greet/environments"] = {"ended": 2, "busy": 1}
    assert send("/functions/greet/cold").status_code == 303
    assert "account=000000000000" in str(control.asked[-1].url)


def test_the_least_privilege_policy(visitor: FlaskClient, control: FakeControl) -> None:
    told = {"seen": 3, "isWhole": True, "policy": {"Statement": []}, "missing": [{"Action": EVIL}], "unused": []}
    control.answers["GET /iam/policy"] = told
    page = visitor.get("/functions/greet/policy").text
    assert "From 3 actions" in page and "Its role lacks" in page and "allows in vain" not in page and EVIL not in page
    control.answers["GET /iam/policy"] = told | {"seen": 0}
    assert "Nothing was seen yet" in visitor.get("/functions/greet/policy").text


def test_reports_of_both_log_formats() -> None:
    metrics = {"durationMs": 1.5, "initDurationMs": 2.0, "maxMemoryUsedMB": 33}
    line = json.dumps({"type": "platform.report", "record": {"requestId": "r-2", "metrics": metrics}})
    assert runs_of([COLD, line, "REPORT nothing", "{", "hello"]) == [
        Run("r-1", 12.34, 56.7, 40),
        Run("r-2", 1.5, 2.0, 33),
    ]


def test_the_bars_of_a_histogram_reach_from_the_quickest_to_the_slowest() -> None:
    assert latencies_of([]) is None
    found = latencies_of([Run("", time, None, 0) for time in (1.0, 1.1, 1.2, 60_000.0)])
    assert found is not None
    assert [(bar.until, bar.count) for bar in found.bars][:3] == [(1, 1), (2, 2), (5, 0)]
    assert (found.bars[-1].until, found.bars[-1].count, len(found.bars)) == (None, 1, len(BOUNDS) + 1)
    assert (found.p50, found.p95) == (1.1, 60_000.0)
