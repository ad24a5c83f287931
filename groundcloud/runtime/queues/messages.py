"""Messages of a queue as a function gets them, and what it says of them: pure.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and services-sqs-errorhandling.html
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]

_SOURCE = "aws:sqs"
_TOLD = ("ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp", "AWSTraceHeader")


def queue_records(event: object) -> list[Record]:
    """The messages of a batch of a queue; [] for every other event."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records:
        return []
    return records if all(isinstance(one, dict) and one.get("eventSource") == _SOURCE for one in records) else []


def record_of(message: dict[str, Any], queue: str) -> Record:
    """A message as ReceiveMessage gives it (all of its attributes asked for) to the function's event."""
    attributes = message.get("Attributes") or {}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {name: attributes[name] for name in _TOLD if name in attributes},
        "messageAttributes": {
            name: {f"{key[0].lower()}{key[1:]}": _text(value) for key, value in attribute.items()}
            for name, attribute in (message.get("MessageAttributes") or {}).items()
        },
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": _SOURCE,
        "eventSourceARN": queue,
        "awsRegion": queue.split(":")[3],
    }


def failed_messages(records: Sequence[Record], answer: object) -> set[str] | None:
    """The ids of those that a function reports as failed; None when it is the whole batch, because what it reports is
    no message's."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return set()
    known = {record["messageId"] for record in records}
    try:
        failed = {failure["itemIdentifier"] for failure in failures}
    except (KeyError, TypeError):
        return None
    return failed if failed <= known else None


def _text(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes) else value
