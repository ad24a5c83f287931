"""What Lambda refuses of an event source mapping by itself, by API and by template alike: pure.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html. The sentences are as AWS's clients
report them: https://github.com/serverless/serverless/issues/8989 (windows),
https://github.com/aws/aws-lambda-dotnet/pull/1758 (FIFO queues) and
https://github.com/motdotla/node-lambda/issues/466 (positions).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.stacks.asyncrules import destination_problem
from groundcloud.stacks.limits import RECORD_SECONDS, UNBATCHED_MESSAGES

QUEUE, FIFO, KINESIS, TABLE = "queue", "FIFO queue", "Kinesis stream", "table's stream"
_SERVICES = {"sqs": QUEUE, "kinesis": KINESIS, "dynamodb": TABLE}
_OF_STREAMS = (
    "StartingPosition",
    "StartingPositionTimestamp",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
)
"""Which https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html has not; AWS's words are known for
the first."""
_DESTINATIONS = {"OnFailure": ("sqs", "sns", "s3")}


def source_kind(arn: str) -> str | None:
    """Which kind of source an ARN is; None for what no mapping reads."""
    service = arn.split(":")[2] if arn.count(":") > 4 else ""
    kind = _SERVICES.get(service)
    return FIFO if kind == QUEUE and arn.endswith(".fifo") else kind


def missing_source(arn: str, kind: str) -> str:
    """Lambda's message about a source of this kind that is not there."""
    if kind == TABLE:
        return f"Stream not found: {arn}"
    if kind == KINESIS:
        name, account = arn.rpartition("/")[2], arn.split(":")[4]
        return (
            f"Received Exception while reading from provided stream. Stream {name} under account {account} not found."
        )
    return (
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
        "SQS Error Message: The specified queue does not exist."
    )


def mapping_problem(asked: Mapping[str, Any], kind: str) -> str | None:
    """Lambda's message about a whole mapping of a source of this kind, or None; what is unknown yet is taken."""
    return _of_stream(asked, kind) if kind in (KINESIS, TABLE) else _of_queue(asked, kind)


def _of_stream(asked: Mapping[str, Any], kind: str) -> str | None:
    position, age = asked.get("StartingPosition"), _number(asked.get("MaximumRecordAgeInSeconds"))
    if position is None:
        return (
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if _late(kind, position):
        return f"Unsupported starting position for arn type: {_arn(asked)}"
    if asked.get("ScalingConfig"):
        return "ScalingConfig is only supported for Amazon SQS event sources."
    if age is not None and age < RECORD_SECONDS:
        return f"MaximumRecordAgeInSeconds must be -1, or {RECORD_SECONDS} or more: {age}"
    return destination_problem(asked, _DESTINATIONS)


def _of_queue(asked: Mapping[str, Any], kind: str) -> str | None:
    for name in _OF_STREAMS:
        if asked.get(name) is not None and asked[name] is not False and asked[name] != {}:
            return f"{name} is not valid for SQS event sources."
    window, size = _number(asked.get("MaximumBatchingWindowInSeconds")), _number(asked.get("BatchSize"))
    if kind == FIFO and window:
        return "Batching window is not supported for FIFO queues"
    if size is not None and size > UNBATCHED_MESSAGES and not window and _is_known(asked):
        return (
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{UNBATCHED_MESSAGES}"
        )
    return None


def _late(kind: str, position: Any) -> bool:
    return kind == TABLE and position == "AT_TIMESTAMP"


def _arn(asked: Mapping[str, Any]) -> str:
    return str(asked.get("EventSourceArn"))


def _is_known(asked: Mapping[str, Any]) -> bool:
    """Whether the window is known to be none."""
    window = asked.get("MaximumBatchingWindowInSeconds")
    return window is None or _number(window) is not None


def _number(value: Any) -> int | None:
    """A template may have the text of a number for it."""
    return int(value) if isinstance(value, (int, str)) and str(value).isdecimal() else None
