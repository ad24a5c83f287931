"""What is told to destinations and dead-letter queues: pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from groundcloud.runtime.asynchronous.event import Event, Ran

_ERROR_MESSAGE_BYTES = 1024
"""AWS: a dead-letter message carries the first 1 KB of the error."""


def invocation_record(event: Event, ran: Ran, condition: str, function_arn: str, now: float) -> dict[str, Any]:
    """Version 1.0 of the invocation record; `condition` is ``Success``, ``RetriesExhausted`` or ``EventAgeExceeded``,
    `function_arn` has a qualifier."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": _timestamp(now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": json_or_text(event.payload),
    }
    if ran.payload is None:
        return record
    context: dict[str, Any] = {"statusCode": ran.status, "executedVersion": ran.version}
    if ran.failed:
        context["functionError"] = "Unhandled"
    return {**record, "responseContext": context, "responsePayload": json_or_text(ran.payload)}


def dead_letter_attributes(event: Event, ran: Ran) -> dict[str, dict[str, str]]:
    """Message attributes beside the event itself, for SQS and SNS alike."""
    message = _error_message(ran.payload)
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(ran.status)},
    }
    if message:
        attributes["ErrorMessage"] = {"DataType": "String", "StringValue": message}
    return attributes


def object_key(function: str, unique: str, now: float) -> str:
    """Where a record lies in a bucket."""
    at = datetime.fromtimestamp(now, UTC)
    return f"aws/lambda/async/{function}/{at:%Y/%m/%d}/{at:%Y-%m-%dT%H.%M.%S}-{unique}"


def json_or_text(payload: bytes) -> Any:
    try:
        return json.loads(payload) if payload else None
    except ValueError:
        return payload.decode("utf-8", "replace")


def _error_message(payload: bytes | None) -> str:
    value = json_or_text(payload or b"")
    message = str(value.get("errorMessage") or "") if isinstance(value, dict) else ""
    return message.encode()[:_ERROR_MESSAGE_BYTES].decode("utf-8", "ignore")


def _timestamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
