"""PutItem by boto3, over boto3's own kept connection."""

from __future__ import annotations

import time

from bench.subject import Subject

WARM_UP = 20


def measure(subject: Subject, table: str, count: int) -> dict[str, list[float]]:
    """Milliseconds of each call."""
    dynamodb = subject.client("dynamodb")
    samples = []
    for number in range(WARM_UP + count):
        began = time.perf_counter()
        dynamodb.put_item(TableName=table, Item={"id": {"S": f"item-{number}"}, "title": {"S": "measure twice"}})
        samples.append((time.perf_counter() - began) * 1000)
    return {"PutItem by boto3": samples[WARM_UP:]}
