"""The floor: the same write by the same boto3 in this very process, with no API, no authorizer and no function."""

from __future__ import annotations

import time

import boto3

from bench.subject import REGION, Subject

WARM_UP = 20


def measure(subject: Subject, table_name: str, count: int) -> dict[str, list[float]]:
    """Milliseconds of each handler call in-process, its one DynamoDB call over HTTP to `subject`."""
    resource = boto3.resource(
        "dynamodb",
        endpoint_url=subject.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    table = resource.Table(table_name)
    samples = []
    for _ in range(WARM_UP + count):
        began = time.perf_counter()
        table.put_item(Item={"id": "one", "body": '{"title":"measure twice"}'})
        samples.append((time.perf_counter() - began) * 1000)
    return {"floor: handler in-process": samples[WARM_UP:]}
