"""What a destination is told of a discarded batch: pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html and kinesis-on-failure-destination.html
"""

from __future__ import annotations

from collections.abc import Mapping as Properties
from datetime import UTC, datetime
from typing import Any

from groundcloud.runtime.streams.batch import Batch, arrived, sequence_number

_INFO = {"aws:dynamodb": "DDBStreamBatchInfo", "aws:kinesis": "KinesisBatchInfo"}


def discarded(
    batch: Batch,
    condition: str,
    function_arn: str,
    version: str,
    request_id: str,
    shard: str,
    now: float,
    *,
    raised: bool,
) -> dict[str, Any]:
    """Version 1.0 of the record. `raised`: the function failed; else it reported items of the batch."""
    first, last = batch.records[0], batch.records[-1]
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
    if raised:
        response["functionError"] = "Unhandled"
    return {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.attempts,
        },
        "responseContext": response,
        "version": "1.0",
        "timestamp": _timestamp(now, "milliseconds"),
        _INFO[first["eventSource"]]: {
            "shardId": shard,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(batch.records),
            "streamArn": first["eventSourceARN"],
        },
    }


def object_key(mapping: str, shard: str, unique: str, now: float) -> str:
    """Where a record lies in a bucket."""
    at = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/{mapping}/{shard}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{unique}"


def _arrival(record: Properties[str, Any]) -> str:
    """DynamoDB tells whole seconds."""
    exact = record["eventSource"] == "aws:kinesis"
    return _timestamp(arrived(dict(record)), "milliseconds" if exact else "seconds")


def _timestamp(seconds: float, precision: str) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec=precision).replace("+00:00", "Z")
