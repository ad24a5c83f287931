"""What Lambda refuses of a configuration for asynchronous calls by itself, by API and by template alike: pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html: queues and topics must not be FIFO,
buckets take failures only. The sentences are those of recordings made against AWS (LocalStack's
tests/aws/services/lambda_/test_lambda_api.snapshot.json, event invoke config exceptions).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_SERVICES = {"OnSuccess": ("sqs", "sns", "lambda", "events"), "OnFailure": ("sqs", "sns", "lambda", "events", "s3")}
SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def async_problem(asked: Mapping[str, Any]) -> str | None:
    """Lambda's message, or None; what is unknown yet is taken."""
    if all(asked.get(name) is None for name in SETTINGS):
        return "You must specify at least one of error handling or destination setting."
    return destination_problem(asked, _SERVICES)


def destination_problem(asked: Mapping[str, Any], services: Mapping[str, Collection[str]]) -> str | None:
    """The same of destinations alone; `services` are those that each condition may have."""
    for condition, arn in _destinations(asked):
        service = arn.split(":")[2] if arn.count(":") > 4 else ""
        if service not in services.get(condition, ()):
            shown = dict.fromkeys(_SERVICES, "null")
            shown[condition] = f"{condition}(destination={arn})"
            return (
                f"The provided destination config DestinationConfig(onSuccess={shown['OnSuccess']}, "
                f"onFailure={shown['OnFailure']}) is invalid."
            )
        if arn.endswith(".fifo"):
            return missing_destination(arn)
    return None


def missing_destination(arn: str) -> str:
    """Lambda's message about a destination that it cannot deliver to."""
    return f"The destination ARN {arn} is invalid."


def destinations_of(asked: Mapping[str, Any]) -> list[str]:
    """The ARNs that are known."""
    return [arn for _, arn in _destinations(asked)]


def _destinations(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    given = asked.get("DestinationConfig")
    config = given if isinstance(given, dict) else {}
    found = []
    for condition in _SERVICES:
        target = config.get(condition)
        arn = target.get("Destination") if isinstance(target, dict) else None
        if isinstance(arn, str) and arn:
            found.append((condition, arn))
    return found
