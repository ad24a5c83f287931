"""The thread that writes: takes what waits, makes records of it, finds their place, keeps and forgets.

inbox ──► describe (names, masks) ──► links (whose is it?) ──► store ──► those who listen
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundcloud.spans import Span
from groundcloud.trace import limits, mask
from groundcloud.trace.describe import Described, Render, describe
from groundcloud.trace.inbox import Inbox
from groundcloud.trace.levels import level_of
from groundcloud.trace.links import Cause, Links
from groundcloud.trace.record import LogLine, Record
from groundcloud.trace.schema import remove
from groundcloud.trace.store import Store
from groundcloud.trace.summary import Summary

_log = logging.getLogger(__name__)

Publish = Callable[[list[dict[str, Any]], list[Record]], None]
"""Gets the summaries that changed, if somebody looks on, and the spans that were written, if they are wanted. Called on
the writer's thread."""


@dataclass(frozen=True)
class Bounds:
    """`seconds` is the age up to which traces are kept."""

    spans: int
    bytes: int
    seconds: float


class Writer:
    """States: made → `start()` → running → `stop()` (what waits is written) → stopped. While it `hurries`, as somebody
    looks on, it does not wait for a moment of rest."""

    def __init__(
        self,
        inbox: Inbox,
        file: Path,
        bounds: Bounds,
        render: Render,
        publish: Publish,
        now: Callable[[], float],
        *,
        hurries: Callable[[], bool] = lambda: False,
        publishes_spans: bool = False,
        keep: bool = True,
    ) -> None:
        self._inbox = inbox
        self._publishes_spans = publishes_spans
        self._file = file
        self._keep = keep
        self._hurries = hurries
        self._bounds = bounds
        self._render = render
        self._publish = publish
        self._now = now
        self._links = Links()
        self._stopping = False
        self._pruned = 0.0
        self._thread = threading.Thread(target=self._run, name="groundcloud-traces", daemon=True)
        self.store: Store | None = None

    def start(self) -> None:
        if not self._keep:
            remove(self._file)
        self.store = Store(self._file)
        self._thread.start()

    def stop(self) -> None:
        """Blocks until what waited is written."""
        self._stopping = True
        self._inbox.urgent.set()
        self._inbox.something.set()
        if self._thread.ident is not None:
            self._thread.join()

    def clear(self) -> None:
        """Forget everything. On the writer's thread only, while nobody else has the file open. Raises `sqlite3.Error`
        and `OSError`; then nothing was forgotten."""
        assert self.store is not None
        try:
            self.store.clear()
        except (sqlite3.Error, OSError):
            self.store.roll_back()
            raise
        self._links = Links()

    def _run(self) -> None:
        assert self.store is not None
        while not self._stopping:
            if self._inbox.something.wait(limits.PRUNE_SECONDS):
                self._wait_for_quiet()
            self._inbox.something.clear()
            self._inbox.urgent.clear()
            self._empty(self.store)
        self._empty(self.store)
        self.store.close()
        if not self._keep:
            remove(self._file)

    def _wait_for_quiet(self) -> None:
        """Requests go first: until none comes for a moment, too much waits, or too long. Who asks need not wait."""
        end = time.monotonic() + limits.PATIENCE_SECONDS
        if self._inbox.urgent.wait(limits.BATCH_SECONDS) or self._hurries():
            return
        seen = -1
        while seen < (waiting := len(self._inbox)) and not self._inbox.presses and time.monotonic() < end:
            seen = waiting
            if self._inbox.urgent.wait(limits.QUIET_SECONDS):
                return

    def _empty(self, store: Store) -> None:
        """Write what waits now, a bounded part at a time."""
        waiting = len(self._inbox)
        while waiting > 0:
            self._batch(store, min(waiting, limits.BATCH_ITEMS))
            waiting -= limits.BATCH_ITEMS
        self._prune(store)

    def _batch(self, store: Store, items: int) -> None:
        """Write so many of those that wait. What cannot be written is lost, and the log says why."""
        records: list[Record] = []
        asked: list[Callable[[], Any]] = []
        try:
            store.begin()
            self._write(store, items, records, asked)
            changed = store.commit()
        except sqlite3.Error:
            _log.exception("a batch of traces could not be written")
            store.roll_back()
            changed = []
        if changed:
            self._publish(_grown(changed) if self._hurries() else [], records)
        for then in asked:
            then()

    def _write(self, store: Store, items: int, records: list[Record], asked: list[Callable[[], Any]]) -> None:
        rested = time.perf_counter()
        for _ in range(items):
            item = self._inbox.take()
            if isinstance(item, Span):
                described = self._described(item)
                if described is not None:
                    record = self._add(store, described)
                    if self._publishes_spans:
                        records.append(record)
            elif isinstance(item, tuple):
                self._line(store, *item)
            elif item is not None:
                asked.append(item)
            if time.perf_counter() - rested > limits.WORK_SECONDS and not self._stopping:
                # A request that waits for the interpreter gets it now.
                time.sleep(limits.BREATH_SECONDS)
                rested = time.perf_counter()

    def _described(self, span: Span) -> Described | None:
        """What comes from outside may be anything: what cannot be read must cost one span, not the thread."""
        try:
            return describe(span, self._render)
        except Exception:  # noqa: BLE001  a background worker lives on
            _log.exception("a span of %s could not be read", span.url or span.function)
            self._inbox.lost += 1
            return None

    def _add(self, store: Store, described: Described) -> Record:
        record = described.record
        record.trace = self._links.trace_of(record.trace)
        here = Cause(record.trace, record.id)
        causes = self._links.causes_of(described.given, here) if described.given and not record.parent else []
        if causes:
            record.detail["links"] = [{"traceId": one.trace, "spanId": one.span} for one in causes[1:]]
        store.add(record)
        if causes:
            self._join(store, here, causes[0])
        if described.wrote or described.items:
            for given in self._links.wrote(described.wrote, described.items, here):
                self._join(store, given, here)
        return record

    def _join(self, store: Store, given: Cause, cause: Cause) -> None:
        """What began with `given` hangs under `cause`."""
        trace, into = self._links.trace_of(given.trace), self._links.trace_of(cause.trace)
        if trace != into:
            self._links.merged(trace, into)
            store.merge(trace, into, given.span, cause.span)

    def _line(self, store: Store, span: Span, text: str, moment: float) -> None:
        message = mask.line(text.rstrip("\n"))
        trace = self._links.trace_of(span.trace)
        store.line(LogLine(trace, span.id, moment, level_of(message), message, span.request_id, span.function))

    def _prune(self, store: Store) -> None:
        now = self._now()
        if abs(now - self._pruned) < limits.PRUNE_SECONDS and not self._is_full(store):
            return
        self._pruned = now
        bounds = self._bounds
        try:
            while not self._stopping and store.prune(
                max_spans=bounds.spans, max_bytes=bounds.bytes, oldest=now - bounds.seconds
            ):
                time.sleep(limits.BREATH_SECONDS)
        except sqlite3.Error:
            # A full disk, for instance: the thread must outlive it.
            _log.exception("old traces could not be forgotten")
            store.roll_back()

    def _is_full(self, store: Store) -> bool:
        """Beyond the bounds by more than is worth a look at each batch."""
        return bool(store.spans > self._bounds.spans * 1.02 or store.size > self._bounds.bytes * 1.02)


def _grown(changed: list[Summary]) -> list[dict[str, Any]]:
    """Those that are shown, and have more spans than when they were last."""
    grown = [summary for summary in changed if summary.root and summary.spans > summary.told]
    for summary in grown:
        summary.told = summary.spans
    return [summary.shown() for summary in grown]
