"""Calls functions with batches of streams, and keeps to what their mapping says of failures.

The engine reads the streams, one batch of a shard after the other: it sends the next one when a batch has succeeded,
and the same one again, a second later, when it has failed. In between stands this: a batch that failed is split,
shortened, tried again and given up as AWS does it, and is reported to the engine as a success once nothing of it is
left.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Changes, FunctionAccess, Scope
from groundcloud.runtime.asynchronous.destinations import Destinations
from groundcloud.runtime.function import scope_of_config
from groundcloud.runtime.streams import records
from groundcloud.runtime.streams.batch import (
    AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    Batch,
    Record,
    first_failed,
    sequence_number,
    stream_records,
    too_old,
    tried_enough,
    what_is_left,
)
from groundcloud.runtime.streams.mapping import Mapping, choose_mapping

_log = logging.getLogger(__name__)

Invoke = Callable[..., Awaitable[dict[str, Any]]]
"""`Runtime.invoke_from_engine`."""

_Result = dict[str, Any]
_DONE: _Result = {"body": None, "log": ""}


@dataclass
class _Shard:
    """What is left of the batch that the engine sends again and again: it began at `first`, and had `size` records."""

    first: str
    size: int
    left: deque[Batch] = field(default_factory=deque)


@dataclass(frozen=True)
class _Target:
    """Which function reads which shard of which stream."""

    scope: Scope
    function: str
    stream: str
    shard: str


class StreamRetries:
    """Wraps the runtime's way in for the engine. What is left of batches is forgotten when the cloud stops: they begin
    anew then, as records may come twice on AWS."""

    def __init__(
        self,
        invoke: Invoke,
        aws: AwsCaller,
        changes: Changes,
        clock: Clock,
        default_scope: Scope,
        access: FunctionAccess | None = None,
    ) -> None:
        self._invoke = invoke
        self._aws = aws
        self._changes = changes
        self._clock = clock
        self._default_scope = default_scope
        self._destinations = Destinations(aws, access)
        self._mappings: dict[tuple[str, str], tuple[int, Mapping]] = {}
        self._shards: dict[_Target, _Shard] = {}

    def clear(self, account: str = "") -> None:
        """Forget what is left of batches: of one account, or all."""
        self._mappings.clear()
        for target in [target for target in self._shards if account in ("", target.scope.account)]:
            del self._shards[target]

    async def invoke(
        self,
        config: dict[str, Any],
        code_zip: bytes | None,
        event: object,
        request_id: str,
        *,
        asynchronous: bool = False,
    ) -> _Result:
        """As `Runtime.invoke_from_engine`; a batch of a stream succeeds when the engine may go on to the next."""
        batch = stream_records(event)
        if not batch or asynchronous:
            return await self._invoke(config, code_zip, event, request_id, asynchronous=asynchronous)

        async def call(sent: tuple[Record, ...]) -> _Result:
            return await self._invoke(config, code_zip, {"Records": list(sent)}, new_request_id())

        scope = scope_of_config(config, self._default_scope)
        target = _Target(scope, str(config.get("FunctionArn", "")), batch[0]["eventSourceARN"], _shard_of(batch[0]))
        return await self._go_on(target, batch, call, config)

    async def _go_on(
        self,
        target: _Target,
        sent: list[Record],
        call: Callable[[tuple[Record, ...]], Awaitable[_Result]],
        config: dict[str, Any],
    ) -> _Result:
        shard, result = self._resumed(target, sent), _DONE
        while shard.left:
            mapping = await self._mapping(target, config)
            result = await call(shard.left[0].records)
            if result.get("throttle"):
                return result
            batch = shard.left.popleft()
            raised = bool(result.get("error"))
            failed_at = (
                first_failed(batch.records, result.get("body")) if mapping.reports_items and not raised else None
            )
            if failed_at is None and not raised:
                continue
            shard.left.extendleft(reversed(what_is_left(batch, mapping, failed_at)))
            lost = self._given_up(shard, sent[0], mapping)
            for given_up, condition in lost:
                await self._discard(target, given_up, condition, mapping, config, raised=raised)
            if not lost and shard.left[0].attempts > batch.attempts:
                return {**result, "error": True}
        self._shards.pop(target, None)
        return _DONE if result.get("error") else result

    def _given_up(self, shard: _Shard, oldest: Record, mapping: Mapping) -> list[tuple[Batch, str]]:
        """Takes out of `shard` what is not tried again; with it, why."""
        if too_old(oldest, mapping, self._clock.now()):
            lost = [(batch, AGE_EXCEEDED) for batch in shard.left]
            shard.left.clear()
            return lost
        if tried_enough(shard.left[0], mapping):
            return [(shard.left.popleft(), RETRIES_EXHAUSTED)]
        return []

    def _resumed(self, target: _Target, sent: list[Record]) -> _Shard:
        """What is to be called with: the rest of the same batch as before, and what has come behind it since."""
        shard, first = self._shards.get(target), sequence_number(sent[0])
        if shard is None or shard.first != first or len(sent) < shard.size:
            shard = self._shards[target] = _Shard(first, 0)
        if len(sent) > shard.size:
            shard.left.append(Batch(tuple(sent[shard.size :])))
            shard.size = len(sent)
        return shard

    async def _mapping(self, target: _Target, config: dict[str, Any]) -> Mapping:
        key, generation = (target.function, target.stream), self._changes.generation("lambda")
        known = self._mappings.get(key)
        if known is not None and known[0] == generation:
            return known[1]
        asked = {"FunctionName": config["FunctionName"], "EventSourceArn": target.stream}
        answer = await self._aws.call("lambda", "ListEventSourceMappings", asked, scope=target.scope)
        mapping = choose_mapping(answer, target.function)
        self._mappings[key] = (generation, mapping)
        return mapping

    async def _discard(
        self,
        target: _Target,
        batch: Batch,
        condition: str,
        mapping: Mapping,
        config: dict[str, Any],
        *,
        raised: bool,
    ) -> None:
        _log.warning("%d records of %s are given up: %s", len(batch.records), target.stream, condition)
        if not mapping.destination:
            return
        now, request_id = self._clock.now(), new_request_id()
        version = str(config.get("Version") or "$LATEST")
        try:
            shard = target.shard or await self._only_shard(target)
            record = records.discarded(
                batch, condition, target.function, version, request_id, shard, now, raised=raised
            )
            if mapping.destination.split(":")[2] == "s3":
                record["payload"] = {"Records": list(batch.records)}
            key = records.object_key(mapping.uuid, shard, request_id, now)
            await self._destinations.require(mapping.destination, str(config["FunctionName"]), target.scope)
            await self._destinations.record(mapping.destination, record, target.scope, key)
        except AwsError as error:
            _log.warning("%s was not told that records were given up: %s", mapping.destination, error)

    async def _only_shard(self, target: _Target) -> str:
        """Records of DynamoDB do not name their shard; its streams have one here."""
        answer = await self._aws.call(
            "dynamodbstreams", "DescribeStream", {"StreamArn": target.stream}, scope=target.scope
        )
        return str(answer["StreamDescription"]["Shards"][0]["ShardId"])


def _shard_of(record: Record) -> str:
    return str(record["eventID"]).partition(":")[0] if record["eventSource"] == "aws:kinesis" else ""
