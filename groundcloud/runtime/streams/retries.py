"""Calls functions with batches of streams, and keeps to what their mapping says of failures.

The engine reads the streams, one batch of a shard after the other: it sends the next one when a batch has succeeded,
and the same one again, a second later, when it has failed. In between stands this: a batch that failed is split,
shortened, tried again and given up as AWS does it, and is reported to the engine as a success once nothing of it is
left. Of a batch that waits for its window, or whose function takes long, the engine is told nothing: it sends it again,
and finds more records in it, or that it is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from groundcloud.clock import Clock, new_request_id
from groundcloud.engines.unfinished import unfinished
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, FunctionAccess, Scope
from groundcloud.runtime.asynchronous.destinations import Destinations
from groundcloud.runtime.function import scope_of_config
from groundcloud.runtime.mappings import Invoke, Mapping, Mappings
from groundcloud.runtime.streams import records
from groundcloud.runtime.streams.batch import (
    AGE_EXCEEDED,
    RETRIES_EXHAUSTED,
    Batch,
    Record,
    first_failed,
    in_lanes,
    is_large,
    sequence_number,
    stream_records,
    too_old,
    tried_enough,
    what_is_left,
)

_log = logging.getLogger(__name__)

_Result = dict[str, Any]
_DONE: _Result = {"body": None, "log": ""}

ENGINE_WAITS_SECONDS = 2
"""So long the engine waits for a function, and with it all other mappings."""


@dataclass
class _Shard:
    """The batch that the engine sends again and again, until nothing of it is left: it began at `first`, and `size` of
    its records were taken. The `lanes` go on by themselves; `work` is what runs."""

    first: str
    size: int
    lanes: list[deque[Batch]]
    work: asyncio.Task[_Result] | None = None

    @property
    def is_at_work(self) -> bool:
        return self.work is not None and not self.work.done()


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
        mappings: Mappings,
        clock: Clock,
        default_scope: Scope,
        access: FunctionAccess | None = None,
    ) -> None:
        self._invoke = invoke
        self._aws = aws
        self._clock = clock
        self._default_scope = default_scope
        self._destinations = Destinations(aws, access)
        self._mappings = mappings
        self._shards: dict[_Target, _Shard] = {}
        self._windows: dict[_Target, tuple[str, float]] = {}

    def clear(self, account: str = "") -> None:
        """Forget what is left of batches: of one account, or all."""
        self._mappings.clear()
        for known in (self._shards, self._windows):
            for target in [target for target in known if account in ("", target.scope.account)]:
                known.pop(target)

    async def close(self) -> None:
        """Ends what still runs: the engine sends it again when the cloud is back."""
        works = [shard.work for shard in self._shards.values() if shard.work is not None]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

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
        shard = self._shards.get(target)
        if shard is not None and shard.is_at_work:
            return unfinished()
        mapping = await self._mapping(target, config)
        if shard is None and self._waits(target, batch, mapping):
            return unfinished()
        shard = self._resumed(target, batch, mapping)
        shard.work = asyncio.create_task(self._go_on(target, shard, batch[0], call, config))
        await asyncio.wait([shard.work], timeout=ENGINE_WAITS_SECONDS)
        return self._told(target, shard.work)

    def _told(self, target: _Target, work: asyncio.Task[_Result]) -> _Result:
        """What the engine hears of the work on a batch."""
        if not work.done():
            return unfinished()
        result = work.result()
        if not result.get("error"):
            self._shards.pop(target, None)
        return result

    def _waits(self, target: _Target, sent: list[Record], mapping: Mapping) -> bool:
        """Whether more records are to come into a batch that nobody was called with yet."""
        now, first = self._clock.monotonic(), sequence_number(sent[0])
        known = self._windows.pop(target, None)
        since = known[1] if known is not None and known[0] == first else now
        if len(sent) >= mapping.size or now - since >= mapping.window or is_large(sent):
            return False
        if too_old(sent[0], mapping, self._clock.now() + ENGINE_WAITS_SECONDS):
            return False
        self._windows[target] = (first, since)
        return True

    async def _go_on(
        self,
        target: _Target,
        shard: _Shard,
        oldest: Record,
        call: Callable[[tuple[Record, ...]], Awaitable[_Result]],
        config: dict[str, Any],
    ) -> _Result:
        """Work on every lane until nothing of it is left, or a try of it has failed."""
        lanes = [self._work_off(target, lane, oldest, call, config) for lane in shard.lanes if lane]
        done = await asyncio.gather(*lanes, return_exceptions=True)
        results: list[_Result] = []
        for one in done:
            if isinstance(one, BaseException):
                raise one
            results.append(one)
        failed = next((result for result in results if result.get("error")), None)
        return failed or (results[-1] if results else _DONE)

    async def _work_off(
        self,
        target: _Target,
        lane: deque[Batch],
        oldest: Record,
        call: Callable[[tuple[Record, ...]], Awaitable[_Result]],
        config: dict[str, Any],
    ) -> _Result:
        result = _DONE
        while lane:
            mapping = await self._mapping(target, config)
            result = await call(lane[0].records)
            if result.get("throttle"):
                return result
            batch = lane.popleft()
            raised = bool(result.get("error"))
            failed_at = (
                first_failed(batch.records, result.get("body")) if mapping.reports_items and not raised else None
            )
            if failed_at is None and not raised:
                continue
            lane.extendleft(reversed(what_is_left(batch, mapping, failed_at)))
            lost = self._given_up(lane, oldest, mapping)
            for given_up, condition in lost:
                await self._discard(target, given_up, condition, mapping, config, raised=raised)
            if not lost and lane[0].attempts > batch.attempts:
                return {**result, "error": True}
        return _DONE if result.get("error") else result

    def _given_up(self, lane: deque[Batch], oldest: Record, mapping: Mapping) -> list[tuple[Batch, str]]:
        """Takes out of `lane` what is not tried again; with it, why."""
        if too_old(oldest, mapping, self._clock.now()):
            lost = [(batch, AGE_EXCEEDED) for batch in lane]
            lane.clear()
            return lost
        if tried_enough(lane[0], mapping):
            return [(lane.popleft(), RETRIES_EXHAUSTED)]
        return []

    def _resumed(self, target: _Target, sent: list[Record], mapping: Mapping) -> _Shard:
        """What is to be called with: the rest of the same batch as before, and what has come behind it since."""
        shard, first = self._shards.get(target), sequence_number(sent[0])
        if shard is None or shard.first != first or len(sent) < shard.size:
            shard = self._shards[target] = _Shard(first, 0, [deque() for _ in range(mapping.factor)])
        for lane, batches in zip(shard.lanes, in_lanes(sent[shard.size :], len(shard.lanes)), strict=True):
            lane.extend(batches)
        shard.size = len(sent)
        return shard

    async def _mapping(self, target: _Target, config: dict[str, Any]) -> Mapping:
        return await self._mappings.of(target.stream, target.function, config["FunctionName"], target.scope)

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
