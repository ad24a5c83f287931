"""How quick the traces are with many in the store: `python -m bench.trace_store`.

Fills a store with made-up traces of four spans and three log lines each, as a POST to an API leaves them, and asks what
the control routes ask. Processor time, which other work on the machine does not disturb, and elapsed time.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from groundcloud.trace.query import read_query
from groundcloud.trace.reading import Reading
from groundcloud.trace.record import LogLine, Record
from groundcloud.trace.store import Store

LIMIT_MS = 200
REPEATS = 5
SPANS_PER_TRACE = 4
BATCH = 500
BEGAN = 1_790_000_000.0
BODY = '{"TableName": "tasks", "Item": {"userId": {"S": "ann"}, "title": {"S": "' + "x" * 200 + '"}}}'
HEADERS = [
    ["Host", "127.0.0.1:4566"],
    ["User-Agent", "Boto3/1.43 md/Botocore"],
    ["Authorization", "AWS4-HMAC-SHA256 •••"],
]
DETAIL: dict[str, Any] = {
    "requestBytes": 300,
    "responseBytes": 200,
    "request": {"method": "POST", "url": "/", "headers": HEADERS, "body": BODY, "truncated": False, "masked": False},
    "response": {"status": 200, "headers": HEADERS, "body": "{}", "truncated": False, "masked": False},
    "decision": {"allowed": True, "action": "dynamodb:PutItem", "resource": "arn:aws:dynamodb:::table/tasks"},
}
STEPS = (
    ("request", "dynamodb", "PutItem", "tasks", ""),
    ("invocation", "lambda", "Invoke", "arn:aws:lambda:us-east-1:000000000000:function:CreateTask", "CreateTask"),
    ("authorizer", "apigateway", "COGNITO_USER_POOLS", "api/prod", ""),
    ("request", "execute-api", "POST /tasks", "api/prod", ""),
)


def trace_id(number: int) -> str:
    return f"1-{int(BEGAN):08x}-{number:024x}"


def fill(store: Store, spans: int) -> None:
    for number in range(spans // SPANS_PER_TRACE):
        if number % BATCH == 0:
            if number:
                store.commit()
            store.begin()
        _add(store, number)
    store.commit()


def _add(store: Store, number: int) -> None:
    trace, started = trace_id(number), BEGAN + number * 0.1
    failed = number % 50 == 0
    for step, (kind, service, operation, resource, function) in enumerate(STEPS):
        is_root = step == SPANS_PER_TRACE - 1
        parent = "" if is_root else f"{number:012x}0003"
        record = Record(
            trace, f"{number:012x}{step:04x}", parent, kind, service, operation, resource, function,
            "000000000000", "us-east-1", "ann", 500 if failed else 200, "error" if failed else "ok",
            started + 0.001 * (SPANS_PER_TRACE - step), number * 7 % 50, f"request-{number}-{step}",
        )  # fmt: skip
        record.detail, record.text = DETAIL, f"/tasks request-{number}-{step}"
        store.add(record)
    for line in range(3):
        message = f"[INFO] line {line} of task number {number}, as it was written to the log"
        store.line(LogLine(trace, f"{number:012x}0001", started, "INFO", message, f"request-{number}-1", "CreateTask"))


def measured(ask: Callable[[], object]) -> tuple[float, float]:
    """Median milliseconds of the processor, and elapsed."""
    processor, elapsed = [], []
    for _ in range(REPEATS):
        spent, began = time.thread_time(), time.perf_counter()
        ask()
        processor.append((time.thread_time() - spent) * 1000)
        elapsed.append((time.perf_counter() - began) * 1000)
    return statistics.median(processor), statistics.median(elapsed)


def questions(reading: Reading, spans: int) -> dict[str, Callable[[], object]]:
    asked: dict[str, dict[str, str]] = {
        "list": {},
        "list of 500": {"limit": "500"},
        "list, errors": {"status": "error"},
        "list, a service": {"service": "dynamodb"},
        "list, a service that is not there": {"service": "sqs"},
        "list, part of a resource that is not there": {"resource": "zzz"},
        "list, the slow": {"minMs": "48.5"},
        "search, found": {"q": "tasks"},
        "search, not found": {"q": "zzzzzz"},
        "search, in one log line": {"q": "number 777,"},
        "a later page": {"before": f"{BEGAN + spans / 80}~x"},
    }

    def listing(words: dict[str, str]) -> Callable[[], object]:
        return lambda: reading.listed(read_query(words, time.time()))

    found = {name: listing(words) for name, words in asked.items()}
    found["one trace"] = lambda: reading.trace(trace_id(spans // 8))
    found["stats"] = reading.stats
    found["export of 100"] = lambda: reading.spans(read_query({"limit": "100"}, time.time()))
    return found


@click.command()
@click.option("--spans", default=100_000, show_default=True)
def main(spans: int) -> None:
    """Fill a store and ask it everything."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "traces.sqlite"
        store = Store(file)
        spent = time.process_time()
        fill(store, spans)
        per_span = (time.process_time() - spent) / spans * 1e6
        click.echo(f"{spans:,} spans: {file.stat().st_size / 1e6:.0f} MB, {per_span:.0f} µs of the processor a span")
        reading = Reading(file)
        for name, ask in questions(reading, spans).items():
            processor, elapsed = measured(ask)
            verdict = "met" if processor <= LIMIT_MS else "MISSED"
            click.echo(f"{name:44} {processor:7.1f} ms of the processor, {elapsed:7.1f} elapsed  {verdict}")
        reading.close()
        store.close()


if __name__ == "__main__":
    main()
