"""Calls functions with batches of queues that are waited for.

The engine receives up to ten messages at a time, and sends them at once; several such batches may be on their way, one
thread each. For a mapping with a window, and so for one of more than ten messages, they wait here for each other until
the batch is whole, or as large as a call can be, or the window has passed. The engine has no more than a few on their
way: what it leaves in the queue is received here, and deleted here when the function has done with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.runtime.function import scope_of_config
from groundcloud.runtime.mappings import ROOM_BYTES, Invoke, Mapping, Mappings, size_of
from groundcloud.runtime.queues.messages import Record, failed_messages, queue_records, record_of

_log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""How often the queue is looked into while a window is open."""

RECEIVED_AT_MOST = 10
"""Messages in one ReceiveMessage, and in one DeleteMessageBatch."""

_MESSAGE_BYTES = 1024 * 1024
"""The largest message that a queue takes."""

_Result = dict[str, Any]


@dataclass
class _Batch:
    """`records` are for one call; of those in `received` the engine does not know. Once `closed`, nothing joins it."""

    most: int
    records: list[Record] = field(default_factory=list)
    received: list[Record] = field(default_factory=list)
    bytes: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    work: asyncio.Task[_Result] | None = None

    def takes(self, records: list[Record]) -> bool:
        fits = len(self.records) + len(records) <= self.most and self.bytes + size_of(records) <= ROOM_BYTES
        return fits and not self.closed.is_set()

    def add(self, records: list[Record]) -> None:
        self.records += records
        self.bytes += size_of(records)
        if len(self.records) >= self.most or self.bytes >= ROOM_BYTES:
            self.closed.set()

    @property
    def wanted(self) -> int:
        """How many messages to receive, so that each may be as large as messages get."""
        return min(RECEIVED_AT_MOST, self.most - len(self.records), (ROOM_BYTES - self.bytes) // _MESSAGE_BYTES)


@dataclass(frozen=True)
class _Target:
    """Which function reads which queue."""

    scope: Scope
    function: str
    queue: str


class QueueWindows:
    """Wraps a way in for the engine. Messages that wait when the cloud stops come again, as any that were received and
    not deleted."""

    def __init__(self, invoke: Invoke, aws: AwsCaller, mappings: Mappings, clock: Clock, default_scope: Scope) -> None:
        self._invoke = invoke
        self._aws = aws
        self._mappings = mappings
        self._clock = clock
        self._default_scope = default_scope
        self._open: dict[_Target, _Batch] = {}
        self._works: set[asyncio.Task[_Result]] = set()

    async def close(self) -> None:
        for work in self._works:
            work.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)

    def clear(self, account: str = "") -> None:
        """Let go of what waits: of one account, or all."""
        for target in [target for target in self._open if account in ("", target.scope.account)]:
            work = self._open.pop(target).work
            if work is not None:
                work.cancel()

    async def invoke(
        self,
        config: dict[str, Any],
        code_zip: bytes | None,
        event: object,
        request_id: str,
        *,
        asynchronous: bool = False,
    ) -> _Result:
        """As `Runtime.invoke_from_engine`."""
        sent = queue_records(event)
        if not sent or asynchronous:
            return await self._invoke(config, code_zip, event, request_id, asynchronous=asynchronous)
        scope = scope_of_config(config, self._default_scope)
        function, queue = str(config.get("FunctionArn", "")), str(sent[0]["eventSourceARN"])
        mapping = await self._mappings.of(queue, function, str(config.get("FunctionName", "")), scope)

        async def call(records: list[Record]) -> _Result:
            result = await self._invoke(config, code_zip, {"Records": records}, request_id)
            return _as_reported(result, records, mapping)

        if not mapping.window:
            return await call(sent)
        batch = self._batch_of(_Target(scope, function, queue), sent, mapping, call)
        assert batch.work is not None
        return await asyncio.shield(batch.work)

    def _batch_of(
        self, target: _Target, sent: list[Record], mapping: Mapping, call: Callable[[list[Record]], Awaitable[_Result]]
    ) -> _Batch:
        """The batch that `sent` waits in."""
        batch = self._open.get(target)
        if batch is not None and not batch.takes(sent):
            batch.closed.set()
            batch = None
        if batch is None:
            batch = self._open[target] = _Batch(mapping.size)
            batch.work = asyncio.create_task(self._run(target, batch, mapping, call))
            self._works.add(batch.work)
            batch.work.add_done_callback(self._works.discard)
        batch.add(sent)
        return batch

    async def _run(
        self, target: _Target, batch: _Batch, mapping: Mapping, call: Callable[[list[Record]], Awaitable[_Result]]
    ) -> _Result:
        until = self._clock.monotonic() + mapping.window
        try:
            while not batch.closed.is_set() and (left := until - self._clock.monotonic()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(batch.closed.wait(), min(left, LOOK_SECONDS))
                # What a mapping's filters drop is the engine's to say.
                if not mapping.filters and not batch.closed.is_set():
                    await self._receive(target, batch)
        finally:
            batch.closed.set()
            if self._open.get(target) is batch:
                del self._open[target]
        result = await call(batch.records)
        if not result.get("error"):
            failed = failed_messages(batch.records, result.get("body")) if mapping.reports_items else set()
            await self._delete(target, [one for one in batch.received if one["messageId"] not in (failed or ())])
        return result

    async def _receive(self, target: _Target, batch: _Batch) -> None:
        """Take what the engine has left in the queue, as far as it fits."""
        while not batch.closed.is_set() and batch.wanted > 0:
            asked = {
                "QueueUrl": await self._url(target),
                "MaxNumberOfMessages": batch.wanted,
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            }
            try:
                answer = await self._aws.call("sqs", "ReceiveMessage", asked, scope=target.scope)
            except AwsError as error:
                _log.warning("%s cannot be read for a batch of %s: %s", target.queue, target.function, error)
                return
            found = [record_of(message, target.queue) for message in answer.get("Messages") or []]
            if not found:
                return
            batch.received += found
            batch.add(found)

    async def _delete(self, target: _Target, records: list[Record]) -> None:
        for at in range(0, len(records), RECEIVED_AT_MOST):
            entries = [
                {"Id": str(number), "ReceiptHandle": record["receiptHandle"]}
                for number, record in enumerate(records[at : at + RECEIVED_AT_MOST])
            ]
            asked = {"QueueUrl": await self._url(target), "Entries": entries}
            try:
                await self._aws.call("sqs", "DeleteMessageBatch", asked, scope=target.scope)
            except AwsError as error:
                _log.warning("Messages of %s come again, they could not be deleted: %s", target.queue, error)

    async def _url(self, target: _Target) -> str:
        asked = {"QueueName": target.queue.rpartition(":")[2]}
        return str((await self._aws.call("sqs", "GetQueueUrl", asked, scope=target.scope))["QueueUrl"])


def _as_reported(result: _Result, records: list[Record], mapping: Mapping) -> _Result:
    """A function that reports what is no message's has failed on all."""
    if result.get("error") or not mapping.reports_items:
        return result
    return result if failed_messages(records, result.get("body")) is not None else {**result, "error": True}
