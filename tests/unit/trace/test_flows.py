"""What called what, of the spans that were kept."""

from __future__ import annotations

from pathlib import Path

from groundcloud.trace.flows import Flow, Place, Step, flows
from groundcloud.trace.reading import Reading
from groundcloud.trace.record import Record
from groundcloud.trace.store import Store

API, TASKS, CREATE = Place("execute-api", "api"), Place("dynamodb", "tasks"), Place("lambda", "CreateTask")


def step(id: str, parent: str = "", **given: object) -> Step:
    values = {
        "kind": "request", "service": "execute-api", "resource": "api/prod", "function": "", "account": "1",
        "region": "r", "outcome": "ok", "started": 1.0,
    }  # fmt: skip
    return Step("t", id, parent, **(values | given))  # type: ignore[arg-type]


def pairs(found: list[Flow]) -> set[tuple[Place | None, Place, int, int]]:
    return {(each.cause, each.place, each.count, each.errors) for each in found}


def test_a_request_its_function_and_its_table() -> None:
    steps = [
        step("put", "run", service="dynamodb", resource="tasks", outcome="error", started=3.0),
        step("put2", "run", service="dynamodb", resource="tasks", started=2.5),
        step("init", "run", kind="init", service="lambda", resource="arn", function="CreateTask"),
        step("run", "post", kind="invocation", service="lambda", resource="arn", function="CreateTask", started=2.0),
        step("who", "post", kind="authorizer", service="apigateway"),
        step("post"),
    ]
    found = flows(steps)
    assert pairs(found) == {(None, API, 1, 0), (API, CREATE, 1, 0), (CREATE, TASKS, 2, 1)}
    assert found[0].place == TASKS and found[0].last == 3.0


def test_a_call_of_a_function_by_the_api_counts_once_for_who_called() -> None:
    steps = [
        step("a", kind="trigger", service="lambda", function="First"),
        step("call", "a", service="lambda", resource="Second"),
        step("b", "call", kind="invocation", service="lambda", function="Second"),
    ]
    assert pairs(flows(steps)) == {
        (None, Place("lambda", "First"), 1, 0),
        (Place("lambda", "First"), Place("lambda", "Second"), 1, 0),
    }


def test_what_hangs_under_itself_ends() -> None:
    steps = [step("a", "b", service="lambda"), step("b", "a", service="lambda"), step("c", "a")]
    assert pairs(flows(steps)) == {(None, API, 1, 0)}


def test_objects_count_for_their_bucket() -> None:
    found = flows([step("a", service="s3", resource="photos/2026/a.jpg"), step("b", service="s3", resource="photos")])
    assert pairs(found) == {(None, Place("s3", "photos"), 2, 0)}


def test_the_store_tells_of_the_newest_spans_of_an_account(tmp_path: Path) -> None:
    store = Store(tmp_path / "traces.sqlite")
    store.begin()
    for number, account in enumerate(["1", "", "2"]):
        record = Record(
            f"t{number}", "s", "", "request", "dynamodb", "PutItem", f"table{number}", "", account, "r", "ann", 200,
            "ok", float(number), 1.0, "r",
        )  # fmt: skip
        record.detail = {}
        store.add(record)
    store.commit()
    store.close()
    reading = Reading(tmp_path / "traces.sqlite")
    assert [each["to"]["name"] for each in reading.flows({})["flows"]] == ["table2", "table1", "table0"]
    assert [each["to"]["name"] for each in reading.flows({"account": "1"})["flows"]] == ["table1", "table0"]
    assert reading.flows({"account": "1", "region": "q"})["flows"] == []
    reading.close()
