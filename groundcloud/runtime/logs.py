"""Writes log lines to CloudWatch Logs in the background, in order, in batches.

Nothing here is on the way of a call: `LogStream.write` puts a line in a list, and at once into the live feed. Lines of
a stream are written in the order in which they were put. When the control plane refuses them they are lost, and our own
log says why.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from groundcloud.clock import Clock
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.runtime import limits
from groundcloud.runtime.log_feed import Line, LogFeed

_log = logging.getLogger(__name__)

_Event = tuple[int, str]


@dataclass(eq=False)
class LogStream:
    """Where the lines of one environment go."""

    writer: LogWriter
    scope: Scope
    group: str
    name: str
    function: str = ""
    made: bool = False
    latest: int = 0
    pending: list[_Event] = field(default_factory=list)

    def write(self, text: str, timestamp: int | None = None) -> None:
        """Put one event; `timestamp` in milliseconds since the epoch, by default now. Times never go back."""
        self.writer.put(self, text, timestamp)

    def soon(self, write: Callable[[], None]) -> None:
        """Have `write` called in a moment, or when everything is to be there: it puts further lines."""
        self.writer.soon(write)

    def crowded(self) -> bool:
        """Whether so much waits here that whoever writes it had better wait, too."""
        return len(self.pending) >= limits.LOG_STREAM_EVENTS


class LogWriter:
    """Owns what waits to be written. `run()` is its background task; `flush()` writes at once."""

    def __init__(self, aws: AwsCaller, clock: Clock, feed: LogFeed) -> None:
        self._aws = aws
        self._clock = clock
        self._feed = feed
        self._waiting: dict[LogStream, None] = {}
        self._due: dict[Callable[[], None], None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._count = 0
        self._dropped = 0
        self._something = asyncio.Event()
        self._writing = asyncio.Lock()
        self._awaited = 0

    def stream(self, scope: Scope, group: str, name: str, function: str = "") -> LogStream:
        return LogStream(self, scope, group, name, function)

    def put(self, stream: LogStream, text: str, timestamp: int | None) -> None:
        if not text:
            return
        moment = timestamp if timestamp is not None else int(self._clock.now() * 1000)
        if self._feed.is_heard:
            self._feed.put(Line(stream.scope, stream.function, stream.group, stream.name, moment, text))
        if self._count >= limits.LOG_PENDING_EVENTS:
            self._dropped += 1
            return
        if moment > stream.latest:
            stream.latest = moment
        stream.pending.append((stream.latest, text))
        self._count += 1
        if stream not in self._waiting:
            self._waiting[stream] = None
            self._something.set()

    def soon(self, write: Callable[[], None]) -> None:
        self._due[write] = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(limits.LAST_LINES_SECONDS, self._put_due)

    def _put_due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due, self._due = self._due, {}
        for write in due:
            write()

    def clear(self) -> None:
        """Forget what waits."""
        self._due.clear()
        self._dropped = 0
        for stream in self._waiting:
            stream.pending.clear()
        self._waiting.clear()
        self._count = 0

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            await self._something.wait()
            await asyncio.sleep(limits.LOG_FLUSH_SECONDS)
            await self._flush()

    async def flush(self) -> None:
        """Write everything that was put before this call, and what was to be put soon; somebody waits for that."""
        self._awaited += 1
        try:
            await self._flush()
        finally:
            self._awaited -= 1

    async def _flush(self) -> None:
        self._put_due()
        async with self._writing:
            self._something.clear()
            streams, self._waiting = list(self._waiting), {}
            for stream in streams:
                events, stream.pending = stream.pending, []
                self._count -= len(events)
                if self._dropped:
                    events.append((stream.latest, f"[{self._dropped} log lines were dropped: too many at once]\n"))
                    self._dropped = 0
                for batch in batches(events):
                    began = time.perf_counter()
                    await self._write(stream, batch)
                    # Others first: there may be many.
                    took = time.perf_counter() - began
                    await asyncio.sleep(0 if self._awaited else limits.LOG_OTHERS_SHARE * took)

    async def _write(self, stream: LogStream, batch: list[_Event]) -> None:
        params = {
            "logGroupName": stream.group,
            "logStreamName": stream.name,
            "logEvents": [{"timestamp": moment, "message": text} for moment, text in batch],
        }
        try:
            if not stream.made:
                await self._make(stream)
            try:
                await self._call(stream, "PutLogEvents", params)
            except AwsError as error:
                if error.code != "ResourceNotFoundException":
                    raise
                # Someone deleted the group or the stream; AWS makes them again too.
                await self._make(stream)
                await self._call(stream, "PutLogEvents", params)
        except AwsError as error:
            _log.warning("log lines of %s lost: %s", stream.group, error)

    async def _make(self, stream: LogStream) -> None:
        made = {"logGroupName": stream.group, "logStreamName": stream.name}
        try:
            await self._create(stream, "CreateLogStream", made)
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            # Only a function's first environment finds no group: the others need not ask for one.
            await self._create(stream, "CreateLogGroup", {"logGroupName": stream.group})
            await self._create(stream, "CreateLogStream", made)
        stream.made = True

    async def _create(self, stream: LogStream, operation: str, params: dict[str, Any]) -> None:
        try:
            await self._call(stream, operation, params)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise

    async def _call(self, stream: LogStream, operation: str, params: dict[str, Any]) -> None:
        await self._aws.call("logs", operation, params, scope=stream.scope)


def batches(events: list[_Event]) -> Iterator[list[_Event]]:
    """Cut events into what PutLogEvents takes, counting 26 bytes more for each, and into less than that.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """
    batch: list[_Event] = []
    size = 0
    for event in events:
        weight = len(event[1].encode()) + limits.LOG_EVENT_OVERHEAD
        if batch and (len(batch) == limits.LOG_BATCH_EVENTS or size + weight > limits.LOG_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += weight
    if batch:
        yield batch
