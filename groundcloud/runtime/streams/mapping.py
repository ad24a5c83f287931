"""How a mapping treats failures, as it was configured: plain data, read from the control plane's answer.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html and services-kinesis-parameters.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FOR_EVER = -1
"""The default of retries and age: until the record leaves the stream."""


@dataclass(frozen=True)
class Mapping:
    """`retries` and `max_age` (seconds) may be `FOR_EVER`; `destination` is an ARN or ""."""

    uuid: str = ""
    retries: int = FOR_EVER
    max_age: int = FOR_EVER
    bisects: bool = False
    reports_items: bool = False
    destination: str = ""


def choose_mapping(answer: dict[str, Any], function_arn: str) -> Mapping:
    """The mapping that sent a batch to `function_arn`, out of ListEventSourceMappings' answer for its source. A mapping
    to an alias sends to a version: where none names it, it is the first."""
    found: Sequence[dict[str, Any]] = answer.get("EventSourceMappings") or [{}]
    return _read(next((one for one in found if one.get("FunctionArn") == function_arn), found[0]))


def _read(answer: dict[str, Any]) -> Mapping:
    return Mapping(
        answer.get("UUID", ""),
        answer.get("MaximumRetryAttempts", FOR_EVER),
        answer.get("MaximumRecordAgeInSeconds", FOR_EVER),
        bool(answer.get("BisectBatchOnFunctionError")),
        "ReportBatchItemFailures" in (answer.get("FunctionResponseTypes") or ()),
        ((answer.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") or "",
    )
