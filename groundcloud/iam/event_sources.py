"""Which service sends an event to a function, and for which of its resources: pure, told from the event itself.

The services that call functions asynchronously by themselves
(docs.aws.amazon.com/lambda/latest/dg/lambda-services.html): each needs a permission in the function's policy.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
from dataclasses import dataclass
from typing import Any

from groundcloud.ports import Scope


@dataclass(frozen=True)
class EventSource:
    """`principals` are the names that AWS takes for the service; `arn` is ``aws:SourceArn``, "" where only the control
    plane knows it (the rule of an event that matched a pattern)."""

    principals: tuple[str, ...]
    arn: str


def source_of(event: object, scope: Scope) -> EventSource | None:
    """None for an event that does not tell."""
    if not isinstance(event, dict):
        return None
    if isinstance(event.get("Records"), list) and event["Records"] and isinstance(event["Records"][0], dict):
        return _of_record(event["Records"][0])
    if isinstance(event.get("awslogs"), dict):
        return _of_logs(event["awslogs"], scope)
    if {"source", "detail-type", "detail", "resources"} <= event.keys() and event["source"] != "aws.scheduler":
        rules = [arn for arn in event["resources"] if isinstance(arn, str) and ":rule/" in arn]
        is_schedule = event["detail-type"] == "Scheduled Event" and bool(rules)
        return EventSource(("events.amazonaws.com",), rules[0] if is_schedule else "")
    return None


def _of_record(record: dict[str, Any]) -> EventSource | None:
    if record.get("eventSource") == "aws:s3":
        return EventSource(("s3.amazonaws.com",), str(_at(record, "s3", "bucket", "arn")))
    if record.get("EventSource") == "aws:sns":
        return EventSource(("sns.amazonaws.com",), str(_at(record, "Sns", "TopicArn")))
    return None


def _of_logs(message: dict[str, Any], scope: Scope) -> EventSource | None:
    try:
        group = json.loads(gzip.decompress(base64.b64decode(message.get("data", ""))))["logGroup"]
    except (binascii.Error, OSError, ValueError, KeyError, TypeError):
        return None
    arn = f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{group}:*"
    return EventSource(("logs.amazonaws.com", f"logs.{scope.region}.amazonaws.com"), arn)


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value or ""
