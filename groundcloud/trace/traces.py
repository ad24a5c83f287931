"""The part as a whole: what the composition root makes once and hands out."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from groundcloud.eventstream import EventStream
from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute
from groundcloud.spans import SpanSink
from groundcloud.trace import limits, otlp
from groundcloud.trace.describe import Render
from groundcloud.trace.inbox import Inbox
from groundcloud.trace.push import Push
from groundcloud.trace.query import QueryError, read_query
from groundcloud.trace.reading import Reading
from groundcloud.trace.record import Record
from groundcloud.trace.writer import Bounds, Writer

T = TypeVar("T")


class Traces:
    """States: made → `start()` → running → `stop()` → stopped. `sink` is for the parts. `memory` is bytes that may wait
    to be written; `render` shows a decision; `otlp_endpoint` is where spans are pushed to, or "";
    without `keep` a stop forgets them."""

    def __init__(
        self,
        file: Path,
        bounds: Bounds,
        memory: int,
        render: Render,
        now: Callable[[], float],
        otlp_endpoint: str = "",
        *,
        keep: bool = True,
    ) -> None:
        self._bounds = bounds
        self._now = now
        self._inbox = Inbox(memory, now)
        self._memory = memory
        self._reading = Reading(file)
        self._reader = ThreadPoolExecutor(1, "groundcloud-traces-read")
        self._push = Push(otlp_endpoint) if otlp_endpoint else None
        self._events: EventStream[dict[str, Any]] = EventStream(
            "trace", "traces", lambda one: one, limit=limits.LISTENER_EVENTS, alive=limits.ALIVE_SECONDS
        )
        self._writer = Writer(
            self._inbox,
            file,
            bounds,
            render,
            self._written,
            now,
            hurries=lambda: self._events.is_heard,
            publishes_spans=self._push is not None,
            keep=keep,
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def sink(self) -> SpanSink:
        return self._inbox

    # life

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._loop.run_in_executor(None, self._writer.start)
        if self._push is not None:
            self._push.start()

    def end_streams(self) -> None:
        """Let go of those who listen."""
        self._events.close()

    async def stop(self) -> None:
        """Write what waits."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._writer.stop)
        if self._push is not None:
            await loop.run_in_executor(None, self._push.stop)
        await loop.run_in_executor(self._reader, self._reading.close)
        self._reader.shutdown(wait=False)

    async def reset(self) -> None:
        """Forget everything, what waits to be written too. Raises `sqlite3.Error` and `OSError`; then nothing was
        forgotten."""
        await asyncio.get_running_loop().run_in_executor(self._reader, self._forget)

    def _forget(self) -> None:
        """On the reader's thread, which reads nothing meanwhile: another file begins, and nobody has this one open."""
        self._reading.close()
        self._asked(self._writer.clear, self._inbox.ask_instead).result(limits.FLUSH_SECONDS)

    def _written(self, summaries: list[dict[str, Any]], records: list[Record]) -> None:
        """On the writer's thread."""
        if self._push is not None:
            self._push.put(records)
        if self._loop is not None and self._events.is_heard and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, summaries)

    def _tell(self, summaries: list[dict[str, Any]]) -> None:
        for summary in summaries:
            self._events.put(summary)

    def _asked(self, do: Callable[[], None], ask: Callable[[Callable[[], None]], None]) -> Future[None]:
        """Have something done on the writer's thread, when `ask` has it. What it raises of the file's is the future's:
        the thread goes on."""
        done: Future[None] = Future()

        def work() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                do()
            except (sqlite3.Error, OSError) as error:
                done.set_exception(error)
            else:
                done.set_result(None)

        ask(work)
        return done

    async def _read(self, read: Callable[[], T]) -> T:
        """What is read shows everything that was answered before."""
        written = asyncio.wrap_future(self._asked(_nothing, self._inbox.ask))
        await asyncio.wait_for(written, limits.FLUSH_SECONDS)
        return await asyncio.get_running_loop().run_in_executor(self._reader, read)

    # routes

    def routes(self) -> list[ControlRoute]:
        return [
            ControlRoute("GET", "/traces", self._list),
            ControlRoute("DELETE", "/traces", self._clear),
            ControlRoute("GET", "/traces/stats", self._stats),
            ControlRoute("GET", "/traces/flows", self._flows),
            ControlRoute("GET", "/traces/stream", self._stream),
            ControlRoute("GET", "/traces/export", self._export),
            ControlRoute("GET", "/traces/{traceId}", self._one),
            ControlRoute("GET", "/traces/{traceId}/otlp", self._otlp),
        ]

    async def _list(self, request: Request, _: dict[str, str]) -> Response:
        try:
            query = read_query(dict(request.query), self._now())
        except QueryError as error:
            return _message(400, str(error))
        return _json(await self._read(lambda: self._reading.listed(query)))

    async def _one(self, _request: Request, names: dict[str, str]) -> Response:
        found = await self._read(lambda: self._reading.trace(names["traceId"]))
        return _json(found) if found is not None else _missing(names["traceId"])

    async def _otlp(self, _request: Request, names: dict[str, str]) -> Response:
        found = await self._read(lambda: self._reading.trace(names["traceId"]))
        return _json(otlp.export(found["spans"])) if found is not None else _missing(names["traceId"])

    async def _export(self, request: Request, _: dict[str, str]) -> Response:
        try:
            query = read_query({"limit": str(limits.EXPORT_LIMIT), **dict(request.query)}, self._now())
        except QueryError as error:
            return _message(400, str(error))
        return _json(await self._read(lambda: otlp.export(self._reading.spans(query))))

    async def _stats(self, _request: Request, _: dict[str, str]) -> Response:
        found = await self._read(self._reading.stats)
        bounds = self._bounds
        found["limits"] = {
            "spans": bounds.spans,
            "bytes": bounds.bytes,
            "seconds": bounds.seconds,
            "memoryBytes": self._memory,
        }
        found["waiting"] = {"items": len(self._inbox), "bytes": self._inbox.waiting_bytes}
        found["lost"] = self._inbox.lost
        found["pushed"] = self._push.shown() if self._push is not None else None
        return _json(found)

    async def _flows(self, request: Request, _: dict[str, str]) -> Response:
        wanted = {name: request.query_value(name) or "" for name in ("account", "region")}
        return _json(await self._read(lambda: self._reading.flows(wanted)))

    async def _stream(self, request: Request, _: dict[str, str]) -> Response:
        try:
            seconds = float(request.query_value("timeout") or "inf")
        except ValueError:
            return _message(400, "timeout is a number of seconds")
        return self._events.answer(lambda _: True, seconds)

    async def _clear(self, _request: Request, _: dict[str, str]) -> Response:
        await self.reset()
        return Response(204)


def off_routes() -> list[ControlRoute]:
    """What answers when no traces are kept."""

    async def off(_request: Request, _: dict[str, str]) -> Response:
        return _message(404, "No traces are kept: GROUNDCLOUD_TRACES is 0")

    paths = ("/traces", "/traces/stats", "/traces/flows", "/traces/stream", "/traces/export", "/traces/{traceId}")
    return [
        *(ControlRoute("GET", path, off) for path in (*paths, "/traces/{traceId}/otlp")),
        ControlRoute("DELETE", "/traces", off),
    ]


def _nothing() -> None:
    """Only the wait is wanted."""


def _json(value: object) -> Response:
    return Response.json(200, json.dumps(value, ensure_ascii=False))


def _message(status: int, text: str) -> Response:
    return Response.json(status, json.dumps({"message": text}))


def _missing(trace: str) -> Response:
    return _message(404, f"There is no trace {trace}; it was forgotten, or never was")
