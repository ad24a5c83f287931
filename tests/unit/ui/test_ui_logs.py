"""The screen of logs, with CloudWatch Logs from a script."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fakes.console_doors import FakeAws
from ui.readers.logs import lines_of, read_line

RUN = "6e0e7bbd-0000-4000-8000-000000000001"
NOW = 1795248000.0


class FakeLogs:
    """CloudWatch Logs with these lines in every group."""

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        self.asked: list[dict[str, Any]] = []

    def describe_log_streams(self, **_asked: Any) -> dict[str, Any]:
        last = int(NOW * 1000) + len(self.messages) - 1
        return {"logStreams": [{"logStreamName": "s", "lastEventTimestamp": last}] if self.messages else []}

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        base = int(NOW * 1000)
        events = [
            {"logStreamName": "s", "timestamp": base + n, "message": message + "\n"}
            for n, message in enumerate(self.messages)
            if asked["startTime"] <= base + n <= asked["endTime"]
        ]
        return {"events": events}


def functions(*names: str) -> Any:
    found = [
        {"FunctionName": name, "LastModified": "2026", "LoggingConfig": {"LogGroup": f"/made/{name}"}} for name in names
    ]
    return SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda: [{"Functions": found}]))


@pytest.fixture
def logs(door: FakeAws) -> FakeLogs:
    logs = FakeLogs(
        f"START RequestId: {RUN} Version: $LATEST",
        "<script>alert(1)</script> printed",
        f"[ERROR]\t2026-11-21T08:00:00.002Z\t{RUN}\tboom",
        f"REPORT RequestId: {RUN}\tDuration: 4.51 ms",
    )
    door.clients |= {"logs": logs, "lambda": functions("Create", "Delete")}
    return logs


def found(visitor: FlaskClient, query: str = "") -> list[str]:
    answer = visitor.get(f"/api/logs?before={NOW + 1}&{query}").get_json()
    return [line["message"].split()[0] for line in answer["lines"]]


def test_lines_newest_first_each_with_its_run(visitor: FlaskClient, logs: FakeLogs) -> None:
    page = visitor.get(f"/logs?before={NOW + 1}&function=Create").text
    assert page.index("REPORT") < page.index("boom") < page.index("printed") < page.index("START RequestId")
    assert page.count(f'href="/requests/of/{RUN}"') == 4
    assert "<script>alert" not in page
    assert {asked["logGroupName"] for asked in logs.asked} == {"/made/Create"}


def test_of_a_function_that_logged_a_lot_only_the_end_is_read(visitor: FlaskClient, door: FakeAws) -> None:
    """Whether it logs still, or did an hour ago."""
    logs = FakeLogs(*(f"line {number}" for number in range(20_000)))
    door.clients |= {"logs": logs, "lambda": functions("Create")}
    answer = visitor.get(f"/api/logs?before={NOW + 3000}&function=Create").get_json()
    assert answer["lines"][0]["message"] == "line 19999"
    [asked] = logs.asked
    assert asked["startTime"] == int(NOW * 1000) + 19_999 - 10_000


def test_search_level_and_run(visitor: FlaskClient, logs: FakeLogs) -> None:
    assert found(visitor, "function=Create&q=PRINTED") == ["<script>alert(1)</script>"]
    assert found(visitor, "function=Create&level=ERROR") == ["[ERROR]"]
    assert found(visitor, "level=PLATFORM") == ["REPORT", "REPORT", "START", "START"]
    assert found(visitor, "function=Create&request=other") == []
    assert len(found(visitor, f"request={RUN}")) == 8


def test_the_empty_page_says_how_to_fill_it(visitor: FlaskClient) -> None:
    assert "make invoke FUNCTION=CreateTask" in visitor.get("/logs").text
    assert "No line passes this filter" in visitor.get("/logs?q=x").text


def test_a_long_line_is_shortened_with_a_link_to_all_of_it(visitor: FlaskClient, door: FakeAws) -> None:
    door.clients |= {"logs": FakeLogs("x" * 5000 + "END"), "lambda": functions("Create")}
    page = visitor.get(f"/logs?before={NOW + 1}").text
    assert "END" not in page
    assert "all 5 KB" in page
    whole = visitor.get(f"/logs/line?function=Create&before={NOW}")
    assert whole.text.endswith("END")
    assert whole.content_type.startswith("text/plain")


def test_a_nonsense_time_is_refused(visitor: FlaskClient) -> None:
    assert visitor.get("/logs?before=yesterday").status_code == 400


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("START RequestId: x", "PLATFORM"),
        ("2026-11-21T08:00:00.002Z\tid\tWARN\tslow", "WARN"),
        ("[CRITICAL] no", "ERROR"),
        ('{"level": "warning", "message": "x"}', "WARN"),
        ('{"type": "platform.report", "record": {"requestId": "r"}}', "PLATFORM"),
        ("2026-11-21T08:00:00.002Z r Task timed out after 3.00 seconds", "ERROR"),
        ("no terrors here", ""),
        ("{not json", ""),
    ],
    ids=["platform", "node", "critical", "json", "json-platform", "timeout", "none", "broken"],
)
def test_the_level_of_a_line(text: str, level: str) -> None:
    assert read_line(text)[0] == level


def test_lines_of_two_streams_keep_their_own_runs() -> None:
    events = [
        {"logStreamName": "a", "timestamp": 1, "message": f"START RequestId: {RUN}"},
        {"logStreamName": "b", "timestamp": 2, "message": "of b"},
        {"logStreamName": "a", "timestamp": 3, "message": "of a"},
    ]
    assert [line.request_id for line in lines_of(events, "f")] == [RUN, "", RUN]
