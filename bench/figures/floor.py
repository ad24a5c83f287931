"""The floor: the same write by the same boto3 in this very process, with no API, no authorizer and no function.

The POST that it is compared with is called by turns with it: a shared machine may be half as fast a moment later.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import boto3

from bench.scenario import Application, Caller
from bench.subject import REGION, Subject

FLOOR = "floor: handler in-process"
POST = "POST beside the floor"
WARM_UP = 20
TURN = 5
"""Calls of the one before the other has its turn."""


def measure(subject: Subject, application: Application, count: int) -> dict[str, list[float]]:
    """Milliseconds of each handler call in-process, its one DynamoDB call over HTTP to `subject`, and of each POST."""
    caller, write = Caller(subject, application), _write(subject, application.table)
    message = caller.message("POST", "/logging")
    sides: list[tuple[str, Callable[[], float]]] = [(POST, lambda: caller.timed(message)), (FLOOR, write)]
    for _ in range(WARM_UP):
        for _, call in sides:
            call()
    samples: dict[str, list[float]] = {POST: [], FLOOR: []}
    for turn in range(-(-count // TURN)):
        for name, call in sides[:: -1 if turn % 2 else 1]:
            samples[name] += [call() for _ in range(TURN)]
    caller.connection.close()
    return samples


def _write(subject: Subject, table_name: str) -> Callable[[], float]:
    """The handler's one call, which answers how long it took."""
    resource = boto3.resource(
        "dynamodb",
        endpoint_url=subject.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    table = resource.Table(table_name)

    def timed() -> float:
        began = time.perf_counter()
        table.put_item(Item={"id": "one", "body": '{"title":"measure twice"}'})
        return (time.perf_counter() - began) * 1000

    return timed
