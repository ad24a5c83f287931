"""What waits to be written: filled by the event loop, emptied by the writer's thread. Bounded in number and bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from groundcloud.spans import Span
from groundcloud.trace.limits import HURRY_BYTES, HURRY_ITEMS, ITEM_BYTES, KNOWN_SPANS, MAX_LINE, MAX_WAITING_ITEMS

Line = tuple[Span, str, float]
Item = Span | Line | Callable[[], Any]
"""A span, a log line with its time (epoch seconds), or something to be done when all before it is written."""


class Inbox:
    """Implements `spans.SpanSink`. Filled on one thread and emptied on another: each counts for itself, and what waits
    is the difference. When it is full, what comes is lost, and `lost` tells how much; nobody ever waits."""

    def __init__(self, max_bytes: int, now: Callable[[], float]) -> None:
        self._items: deque[tuple[int, Item]] = deque()
        self._max_bytes = max_bytes
        self._now = now
        self._put_bytes = 0
        self._taken_bytes = 0
        self.lost = 0
        self.something = threading.Event()
        self.urgent = threading.Event()
        self._handed_on: dict[str, None] = {}
        self._instead: Callable[[], Any] | None = None

    # SpanSink

    def span(self, span: Span) -> None:
        self._put(span, ITEM_BYTES + _weight(span))

    def line(self, span: Span, text: str, timestamp: int | None) -> None:
        line = text if len(text) <= MAX_LINE else text[:MAX_LINE] + "…"
        # Lines stay in their order: a stated time is in whole milliseconds, and would go before what came before it.
        span.logged = max(span.logged, self._now() if timestamp is None else timestamp / 1000)
        self._put((span, line, span.logged), len(line))

    def handed_on(self, span: str) -> None:
        known = self._handed_on
        if span not in known:
            known[span] = None
            if len(known) > KNOWN_SPANS:
                del known[next(iter(known))]

    def knows(self, span: str) -> bool:
        return span in self._handed_on

    # both sides

    @property
    def waiting_bytes(self) -> int:
        return self._put_bytes - self._taken_bytes

    @property
    def presses(self) -> bool:
        """Whether so much waits that it is written, rest or not."""
        return len(self._items) >= HURRY_ITEMS or self.waiting_bytes >= HURRY_BYTES

    def __len__(self) -> int:
        return len(self._items)

    def _put(self, item: Item, weight: int) -> None:
        items = self._items
        if len(items) >= MAX_WAITING_ITEMS or self._put_bytes - self._taken_bytes + weight > self._max_bytes:
            self.lost += 1
            return
        self._put_bytes += weight
        items.append((weight, item))
        if not self.something.is_set():
            self.something.set()

    def ask(self, then: Callable[[], Any]) -> None:
        """Have `then` called on the writer's thread when everything before is written, soon."""
        self._items.append((0, then))
        self.urgent.set()
        self.something.set()

    def ask_instead(self, then: Callable[[], Any]) -> None:
        """Have `then` called on the writer's thread, soon, and nothing written of what waits before it."""
        # First of all: from here to `then` everything is passed over.
        self._instead = then
        self.ask(then)

    def take(self) -> Item | None:
        """The next, on the writer's thread."""
        while self._items:
            weight, item = self._items.popleft()
            self._taken_bytes += weight
            if item is self._instead:
                self._instead = None
            if self._instead is None or not isinstance(item, (Span, tuple)):
                return item
        return None


def _weight(span: Span) -> int:
    weight = 0
    if span.request_chunks is not None:
        for chunk in span.request_chunks:
            weight += len(chunk)
    if span.response_chunks is not None:
        for chunk in span.response_chunks:
            weight += len(chunk)
    return weight
