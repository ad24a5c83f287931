"""Summaries, queries and what is asked of the store."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from groundcloud.trace.jsontext import dumps
from groundcloud.trace.levels import level_of
from groundcloud.trace.packing import Packer, unpack
from groundcloud.trace.query import QueryError, read_query
from groundcloud.trace.reading import Reading
from groundcloud.trace.record import LogLine, Record
from groundcloud.trace.store import Store
from groundcloud.trace.summary import Summary


def record(trace: str, span: str, parent: str = "", **given: Any) -> Record:
    defaults: dict[str, Any] = {
        "kind": "request", "service": "execute-api", "operation": "POST /tasks", "resource": "api/prod", "function": "",
        "account": "111122223333", "region": "us-east-1", "caller": "ann", "status": 200, "outcome": "ok",
        "started": 100.0, "ms": 5.0, "request_id": "r", "text": "/tasks",
    }  # fmt: skip
    return Record(trace, span, parent, **{**defaults, **given})


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = Store(tmp_path / "traces.sqlite")
    yield store
    store.close()


@pytest.fixture
def reading(tmp_path: Path, store: Store) -> Any:
    reading = Reading(tmp_path / "traces.sqlite")
    yield reading
    reading.close()


def put(store: Store, *records: Record) -> list[Summary]:
    store.begin()
    for each in records:
        store.add(each)
    return store.commit()


def test_the_first_span_names_the_trace_whenever_it_comes(store: Store) -> None:
    [summary] = put(
        store,
        record("t", "put", "run", service="dynamodb", operation="PutItem", started=101.0, ms=1.0),
        record("t", "run", "post", kind="invocation", service="lambda", function="CreateTask", started=100.5, ms=3.0),
        record("t", "post"),
    )
    assert (summary.root, summary.service, summary.spans, summary.ms) == ("post", "execute-api", 3, 5.0)
    assert list(summary.functions) == ["CreateTask"]


def test_a_trace_without_its_first_span_is_not_shown_yet(store: Store, reading: Reading) -> None:
    put(store, record("t", "put", "post", service="dynamodb"))
    assert reading.listed(read_query({}, now=101.0))["traces"] == []
    assert len(reading.listed(read_query({}, now=1000.0))["traces"]) == 1
    put(store, record("t", "post"))
    assert len(reading.listed(read_query({}, now=101.0))["traces"]) == 1


@pytest.mark.parametrize(
    ("inner", "outcome"),
    [
        ({"outcome": "denied", "status": 400}, "denied"),
        ({"outcome": "error", "status": 404}, "ok"),
        ({"outcome": "error", "status": 500}, "error"),
        ({"outcome": "error", "kind": "invocation"}, "error"),
    ],
    ids=["denied", "missing", "broken", "failed"],
)
@pytest.mark.parametrize("first", [True, False], ids=["inner-first", "root-first"])
def test_what_happens_within_counts(store: Store, inner: dict[str, Any], outcome: str, first: bool) -> None:
    records = [record("t", "b", "a", **inner), record("t", "a")]
    [summary] = put(store, *(records if first else records[::-1]))
    assert summary.outcome == outcome


def test_filters(store: Store, reading: Reading) -> None:
    put(
        store,
        record("t1", "a", started=1.0),
        record("t1", "b", "a", service="dynamodb", operation="PutItem", resource="tasks", started=1.1),
        record("t2", "c", started=2.0, outcome="error", status=500, ms=900.0, account="444455556666"),
        record(
            "t3", "d", started=3.0, service="s3", operation="GetObject", resource="b/100%_done", text="/b/100%25_done"
        ),
    )
    store.begin()
    store.line(LogLine("t2", "c", 2.0, "ERROR", "no luck with order 17", "r", "f"))
    store.commit()

    def found(**words: str) -> list[str]:
        return [each["traceId"] for each in reading.listed(read_query(words, now=1000.0))["traces"]]

    assert found() == ["t3", "t2", "t1"]
    assert found(service="dynamodb") == ["t1"] and found(service="dynamo") == []
    assert found(operation="getobj") == ["t3"]
    assert found(resource="100%_") == ["t3"] and found(resource="1%0") == []
    assert found(status="error") == ["t2"]
    assert found(account="444455556666") == ["t2"]
    assert found(minMs="100") == ["t2"] and found(since="2.5") == ["t3"]
    assert found(q="luck 17") == ["t2"] and found(q="luck 18") == [] and found(q="tasks") == ["t2", "t1"]


def test_pages(store: Store, reading: Reading) -> None:
    put(store, *(record(f"t{number}", f"s{number}", started=float(number // 2)) for number in range(7)))
    seen, before = [], ""
    while True:
        page = reading.listed(read_query({"limit": "2", "before": before}, now=1000.0))
        seen += [each["traceId"] for each in page["traces"]]
        before = page["next"] or ""
        if not before:
            break
    assert seen == ["t6", "t5", "t4", "t3", "t2", "t1", "t0"]


@pytest.mark.parametrize("words", [{"limit": "0"}, {"limit": "x"}, {"status": "bad"}, {"since": "nan"}, {"minMs": "x"}])
def test_words_that_are_not_understood(words: dict[str, str]) -> None:
    with pytest.raises(QueryError):
        read_query(words, now=0.0)


def test_a_merge_moves_everything(store: Store, reading: Reading) -> None:
    put(store, record("t1", "send", service="sqs", operation="SendMessage", started=1.0))
    put(store, record("t2", "run", kind="delivery", service="lambda", function="job", started=2.0))
    store.begin()
    store.line(LogLine("t2", "run", 2.0, "INFO", "done", "r", "job"))
    store.merge("t2", "t1", "run", "send")
    [summary] = store.commit()
    assert (summary.id, summary.root, summary.spans, list(summary.functions)) == ("t1", "send", 2, ["job"])
    whole = reading.trace("t1")
    assert whole is not None and reading.trace("t2") is None
    assert {span["spanId"]: span["parentId"] for span in whole["spans"]} == {"send": None, "run": "send"}
    assert [line["message"] for line in whole["spans"][1]["logs"]] == ["done"]


def test_the_oldest_are_forgotten_first(store: Store, reading: Reading) -> None:
    put(store, *(record(f"t{number}", f"s{number}", started=float(number)) for number in range(20)))
    assert store.prune(max_spans=15, max_bytes=10**9, oldest=0.0) == 5
    assert store.spans == 15
    assert store.prune(max_spans=15, max_bytes=10**9, oldest=8.0) == 3
    found = reading.listed(read_query({}, now=1000.0))["traces"]
    assert [each["traceId"] for each in found] == [f"t{number}" for number in range(19, 7, -1)]
    reading.close()
    store.clear()
    assert store.spans == 0 and reading.stats()["traces"] == 0


def test_no_more_than_may_be_on_the_disk_is_kept(tmp_path: Path) -> None:
    """By the file itself, for what a row weighs in it no count can know."""
    file, bound = tmp_path / "traces.sqlite", 2 * 1024 * 1024
    store = Store(file)
    made = [record(f"t{number}", f"s{number}", started=float(number)) for number in range(1200)]
    for number, one in enumerate(made):
        one.detail = {"body": random.Random(number).randbytes(3000).hex()}
    put(store, *made)
    before = store.size
    while store.prune(max_spans=10**9, max_bytes=bound, oldest=0.0):
        pass
    assert before > bound >= store.size > bound // 2
    store.close()
    assert file.stat().st_size <= bound
    again = Store(file)
    assert put(again, record("t1199", "after", "s1199"))[0].spans == 2
    again.close()


def test_details_are_small_in_the_file() -> None:
    headers = [["Host", "127.0.0.1:4566"], ["Content-Type", "application/x-amz-json-1.0"], ["X-Amz-Date", "20261121T"]]
    plain = dumps({"request": {"method": "POST", "url": "/", "headers": headers, "body": "{}"}, "decision": None})
    packed = Packer().pack(plain)
    assert unpack(packed) == plain and len(packed) * 2 < len(plain)
    assert [unpack(Packer().pack(each)) for each in (b"", b"{}", b"\xff" * 100_000)] == [b"", b"{}", b"\xff" * 100_000]


def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "traces.sqlite"
    first = Store(file)
    put(first, record("t", "b", "a", started=101.0))
    first.close()
    second = Store(file)
    assert second.spans == 1
    [summary] = put(second, record("t", "a"))
    second.close()
    assert (summary.root, summary.spans) == ("a", 2)


def test_a_damaged_file_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "traces.sqlite"
    file.write_bytes(b"no database at all" * 100)
    store = Store(file)
    assert store.spans == 0
    store.close()


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("START RequestId: 1 Version: $LATEST", "PLATFORM"),
        ("[ERROR] ValueError: no", "ERROR"),
        ("2026-11-21T19:00:00.000Z\t1\tWARN\tcareful", "WARN"),
        ('{"timestamp": "x", "level": "debug", "message": "m"}', "DEBUG"),
        ("plain", "INFO"),
    ],
)
def test_levels(line: str, level: str) -> None:
    assert level_of(line) == level
