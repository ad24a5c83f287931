"""Event source mappings as they were configured: read from the control plane's answer, and kept by its generation.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html, services-kinesis-parameters.html and
services-sqs-parameters.html
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from groundcloud.ports import AwsCaller, Changes, Scope
from groundcloud.runtime.limits import SYNC_PAYLOAD_BYTES

Invoke = Callable[..., Awaitable[dict[str, Any]]]
"""`Runtime.invoke_from_engine`, which the batches of mappings are sent by."""

ROOM_BYTES = SYNC_PAYLOAD_BYTES - 64
"""For the records of one call; the rest is for what stands around them."""

FOR_EVER = -1
"""The default of retries and age: until the record leaves the stream."""


@dataclass(frozen=True)
class Mapping:
    """`retries` and `max_age` (seconds) may be `FOR_EVER`; `destination` is an ARN or ""; `size` records or messages
    are a whole batch, for which is waited `window` seconds; `factor` batches of a shard may run at a time."""

    uuid: str = ""
    retries: int = FOR_EVER
    max_age: int = FOR_EVER
    bisects: bool = False
    reports_items: bool = False
    destination: str = ""
    size: int = 100
    window: int = 0
    factor: int = 1
    filters: bool = False


def size_of(records: Sequence[dict[str, Any]]) -> int:
    """Bytes in an event."""
    return sum(len(json.dumps(record)) + len(", ") for record in records)


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
        int(answer.get("BatchSize") or 100),
        int(answer.get("MaximumBatchingWindowInSeconds") or 0),
        int(answer.get("ParallelizationFactor") or 1),
        bool((answer.get("FilterCriteria") or {}).get("Filters")),
    )


class Mappings:
    """Asks for a mapping once in each generation of the control plane."""

    def __init__(self, aws: AwsCaller, changes: Changes) -> None:
        self._aws = aws
        self._changes = changes
        self._known: dict[tuple[str, str], tuple[int, Mapping]] = {}

    def clear(self) -> None:
        self._known.clear()

    async def of(self, source: str, function_arn: str, function_name: str, scope: Scope) -> Mapping:
        """The one that sends from `source` (an ARN) to the function. Raises `AwsError`."""
        key, generation = (function_arn, source), self._changes.generation("lambda")
        known = self._known.get(key)
        if known is not None and known[0] == generation:
            return known[1]
        asked = {"FunctionName": function_name, "EventSourceArn": source}
        answer = await self._aws.call("lambda", "ListEventSourceMappings", asked, scope=scope)
        mapping = choose_mapping(answer, function_arn)
        self._known[key] = (generation, mapping)
        return mapping
