"""A batch of a stream and what is left of it after a call: pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html and services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from groundcloud.runtime.mappings import FOR_EVER, ROOM_BYTES, Mapping, size_of

Record = dict[str, Any]

_DETAILS = {"aws:dynamodb": "dynamodb", "aws:kinesis": "kinesis"}
_NUMBERS = {"dynamodb": "SequenceNumber", "kinesis": "sequenceNumber"}
_ARRIVALS = {"dynamodb": "ApproximateCreationDateTime", "kinesis": "approximateArrivalTimestamp"}

AGE_EXCEEDED = "RecordAgeExceeded"
RETRIES_EXHAUSTED = "RetryAttemptsExhausted"

_AHEAD_SECONDS = 1
"""The engine would discard a batch that is too old by itself, split or not: we have to see it first. AWS takes ages of
a minute and more."""


@dataclass(frozen=True)
class Batch:
    """Records of one shard, in order. `attempts` are the calls that count as tries; AWS counts none that led to a
    split."""

    records: tuple[Record, ...]
    attempts: int = 0


def stream_records(event: object) -> list[Record]:
    """The records of a batch of a stream; [] for every other event."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        return []
    return records if all(isinstance(one, dict) and one.get("eventSource") in _DETAILS for one in records) else []


def sequence_number(record: Record) -> str:
    name = _DETAILS[record["eventSource"]]
    return str(record[name][_NUMBERS[name]])


def arrived(record: Record) -> float:
    """Seconds since the epoch."""
    name = _DETAILS[record["eventSource"]]
    return float(record[name][_ARRIVALS[name]])


def is_large(records: Sequence[Record]) -> bool:
    """Whether they are as much as one call can have."""
    return size_of(records) >= ROOM_BYTES


def in_lanes(records: Sequence[Record], lanes: int) -> list[list[Batch]]:
    """Batches that a function can be called with, for each of `lanes` that go on by themselves. What has to stay in
    order is in one lane: a partition key's records of Kinesis, an item's of DynamoDB."""
    shared: list[list[Record]] = [[] for _ in range(lanes)]
    for record in records:
        shared[crc32(_ordered_by(record).encode()) % lanes if lanes > 1 else 0].append(record)
    return [[Batch(tuple(part)) for part in _cut(each)] for each in shared]


def _cut(records: Sequence[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    left = ROOM_BYTES
    for record in records:
        size = size_of([record])
        if part and size > left:
            yield part
            part, left = [], ROOM_BYTES
        part.append(record)
        left -= size
    if part:
        yield part


def _ordered_by(record: Record) -> str:
    if record["eventSource"] == "aws:kinesis":
        return str(record["kinesis"].get("partitionKey"))
    return json.dumps(record["dynamodb"].get("Keys"), sort_keys=True)


def first_failed(records: tuple[Record, ...], answer: object) -> int | None:
    """Where a function that reports items says that it failed: the index of the lowest of them, None when of none.
    What names no record of the batch is a failure of the whole."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return None
    numbers = [sequence_number(record) for record in records]
    try:
        return min(numbers.index(failure["itemIdentifier"]) for failure in failures)
    except (KeyError, TypeError, ValueError):
        return 0


def what_is_left(batch: Batch, mapping: Mapping, failed_at: int | None) -> list[Batch]:
    """The batches to try after a call that failed: at a record that it reported, or (None) with an error."""
    counted = batch.attempts + 1
    if failed_at:
        # With bisecting, AWS splits at the reported record: the part before it is done either way.
        return [Batch(batch.records[failed_at:], batch.attempts if mapping.bisects else counted)]
    if mapping.bisects and len(batch.records) > 1:
        middle = (len(batch.records) + 1) // 2
        return [replace(batch, records=batch.records[:middle]), replace(batch, records=batch.records[middle:])]
    return [replace(batch, attempts=counted)]


def too_old(oldest: Record, mapping: Mapping, now: float) -> bool:
    """Whether a batch is discarded for the age of its oldest record."""
    return mapping.max_age != FOR_EVER and now - arrived(oldest) > mapping.max_age - _AHEAD_SECONDS


def tried_enough(batch: Batch, mapping: Mapping) -> bool:
    return mapping.retries != FOR_EVER and batch.attempts > mapping.retries
