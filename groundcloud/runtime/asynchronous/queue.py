"""The queue of asynchronous invocations.

    put ─► waiting (until due) ─► ready (per function, in turn) ─► running ─► delivered, or waiting again
                                                                     └─► given up ─► dead letter, destination

Events wait in memory; those that wait when the cloud stops are written down and run after the next start. An event
may run twice, as on AWS: what runs while the cloud stops, runs again.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, FunctionAccess, InvokeResult, Scope
from groundcloud.runtime import errors, limits
from groundcloud.runtime.asynchronous import records, schedule, store
from groundcloud.runtime.asynchronous.destinations import Destinations
from groundcloud.runtime.asynchronous.event import Event, Policy, Ran
from groundcloud.runtime.function import parse_reference
from groundcloud.runtime.metrics import MetricWriter

_log = logging.getLogger(__name__)

Run = Callable[[Event], Awaitable[InvokeResult]]
FindPolicy = Callable[[Event], Awaitable[Policy]]
_Key = tuple[Scope, str]

_SERVICE_ERRORS = ("ServiceException", "TooManyRequestsException", "ResourceConflictException", "InternalFailure")
"""AWS's own failures, tried again without being counted; every other refusal is the function's fault."""


class EventQueue:
    """States: made → `start()` → running → `stop()` → stopped. `file` keeps what waits while the cloud is stopped."""

    def __init__(
        self,
        run: Run,
        policy: FindPolicy,
        aws: AwsCaller,
        metrics: MetricWriter,
        clock: Clock,
        file: Path,
        access: FunctionAccess | None = None,
    ) -> None:
        self._run = run
        self._policy = policy
        self._destinations = Destinations(aws, access)
        self._metrics = metrics
        self._clock = clock
        self._file = file
        self._waiting: list[tuple[float, int, Event]] = []
        self._ready: dict[_Key, deque[Event]] = {}
        self._running: dict[asyncio.Task[None], Event] = {}
        self._busy: Counter[_Key] = Counter()
        self._numbers = itertools.count()
        self._changed = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None

    # life

    def start(self) -> None:
        for event in store.take(self._file):
            self._wait(event)
        self._loop_task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Stop running; what has not ended is kept for the next start."""
        if self._loop_task is not None:
            self._loop_task.cancel()
        left = [*self._running.values(), *(event for events in self._ready.values() for event in events)]
        left += [event for _, _, event in self._waiting]
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        store.save(self._file, left)

    def clear(self, account: str = "") -> None:
        """Forget what waits, and stop what runs; of one account, or of all."""
        self._waiting = [item for item in self._waiting if account not in ("", item[2].reference.scope.account)]
        heapq.heapify(self._waiting)
        for key in [key for key in self._ready if account in ("", key[0].account)]:
            del self._ready[key]
        for task, event in list(self._running.items()):
            if account in ("", event.reference.scope.account):
                task.cancel()

    # putting

    def put(self, event: Event) -> None:
        """Take one event. Raises `AwsError` when too many wait."""
        if len(self) >= limits.ASYNC_QUEUE:
            raise errors.queue_full()
        reference = event.reference
        self._metrics.count(reference.scope, reference.name, "AsyncEventsReceived")
        self._wait(event)

    def __len__(self) -> int:
        return len(self._waiting) + sum(map(len, self._ready.values())) + len(self._running)

    def _wait(self, event: Event) -> None:
        heapq.heappush(self._waiting, (event.due, next(self._numbers), event))
        self._changed.set()

    # running

    async def _watch(self) -> None:
        while True:
            self._begin()
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), limits.ASYNC_POLL_SECONDS if self._waiting else None)
            except TimeoutError:
                continue

    def _begin(self) -> None:
        """Start as many of the due events as there are workers for, function after function."""
        now = self._clock.now()
        while self._waiting and self._waiting[0][0] <= now:
            event = heapq.heappop(self._waiting)[2]
            self._ready.setdefault(_key(event), deque()).append(event)
        for key in list(self._ready):
            if len(self._running) >= limits.ASYNC_WORKERS:
                return
            events = self._ready.pop(key)
            while events and self._has_worker(key):
                self._start(key, events.popleft())
            if events:
                self._ready[key] = events  # now the last in turn

    def _has_worker(self, key: _Key) -> bool:
        return len(self._running) < limits.ASYNC_WORKERS and self._busy[key] < limits.ASYNC_WORKERS_PER_FUNCTION

    def _start(self, key: _Key, event: Event) -> None:
        task = asyncio.get_running_loop().create_task(self._attempt(event))
        self._running[task] = event
        self._busy[key] += 1

        def ended(done: asyncio.Task[None]) -> None:
            del self._running[done]
            self._busy[key] -= 1
            self._changed.set()

        task.add_done_callback(ended)

    async def _attempt(self, event: Event) -> None:
        try:
            await self._try(event)
        except AwsError as error:
            self._drop(event, f"was not run: {error}")
        except Exception:  # noqa: BLE001  a background poller lives on
            _log.exception("asynchronous invocation of %s broke", event.reference.arn)

    async def _try(self, event: Event) -> None:
        policy = await self._policy(event)
        if schedule.too_old(event, policy, self._clock.now()):
            await self._give_up(event, policy, schedule.AGE_EXCEEDED)
            return
        try:
            result = await self._run(event)
        except errors.NeverRunsError:
            await self._give_up(event, policy, schedule.RETRIES_EXHAUSTED)
            return
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                raise
            await self._refused(event, policy, error)
            return
        event.attempts += 1
        event.last = Ran(200, result.executed_version, result.function_error is not None, result.payload)
        if result.function_error is None:
            await self._deliver(event, policy.on_success, "Success")
        else:
            await self._failed(event, policy)

    async def _refused(self, event: Event, policy: Policy, error: AwsError) -> None:
        if error.code in _SERVICE_ERRORS:
            event.refusals += 1
            event.due = schedule.after_refusal(event, policy, self._clock.now())
            self._wait(event)
            return
        payload = json.dumps({"errorMessage": error.message, "errorType": error.code}).encode()
        event.attempts += 1
        event.last = Ran(error.status, event.reference.qualifier or "$LATEST", True, payload)
        await self._failed(event, policy)

    async def _failed(self, event: Event, policy: Policy) -> None:
        due = schedule.after_failure(event, policy, self._clock.now())
        if due is None:
            await self._give_up(event, policy, schedule.RETRIES_EXHAUSTED)
            return
        _log.warning(
            "asynchronous invocation %s of %s failed and is tried again in %.0f s: %r",
            event.request_id,
            event.reference.arn,
            due - self._clock.now(),
            (event.last.payload or b"")[:500],
        )
        event.due = due
        self._wait(event)

    # ends

    async def _give_up(self, event: Event, policy: Policy, condition: str) -> None:
        self._drop(event, f"is given up: {condition} after {event.attempts} attempts")
        if policy.dead_letter:
            try:
                await self._destinations.require(policy.dead_letter, event.reference.name, event.reference.scope)
                await self._destinations.dead_letter(policy.dead_letter, event, event.last)
            except AwsError as error:
                self._undelivered(event, policy.dead_letter, "DeadLetterErrors", error)
        await self._deliver(event, policy.on_failure, condition)

    async def _deliver(self, event: Event, target: str, condition: str) -> None:
        if not target:
            return
        now, reference = self._clock.now(), event.reference
        arn = reference.arn if reference.qualifier else f"{reference.arn}:$LATEST"
        record = records.invocation_record(event, event.last, condition, arn, now)
        try:
            await self._destinations.require(target, reference.name, reference.scope)
            if target.split(":")[2] == "lambda":
                self._call_function(target, event, json.dumps(record).encode(), now)
            else:
                key = records.object_key(reference.name, new_request_id(), now)
                await self._destinations.record(target, record, reference.scope, key)
        except AwsError as error:
            self._undelivered(event, target, "DestinationDeliveryFailures", error)

    def _call_function(self, target: str, event: Event, payload: bytes, now: float) -> None:
        if len(payload) > limits.ASYNC_PAYLOAD_BYTES:
            raise errors.request_too_large(len(payload), "Event", limits.ASYNC_PAYLOAD_BYTES)
        reference = parse_reference(target, event.reference.scope)
        self.put(Event(new_request_id(), reference, payload, event.trace, now, now))

    def _drop(self, event: Event, why: str) -> None:
        _log.warning("asynchronous invocation %s of %s %s", event.request_id, event.reference.arn, why)
        self._metrics.count(event.reference.scope, event.reference.name, "AsyncEventsDropped")

    def _undelivered(self, event: Event, target: str, metric: str, error: AwsError) -> None:
        _log.warning("the end of %s of %s was not told to %s: %s", event.request_id, event.reference.arn, target, error)
        self._metrics.count(event.reference.scope, event.reference.name, metric)


def _key(event: Event) -> _Key:
    return event.reference.scope, event.reference.name
