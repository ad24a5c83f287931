"""Remembers who wrote what, for those who are given it later: the writer's memory, bounded."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from groundcloud.trace.causes import Key
from groundcloud.trace.limits import KNOWN_WRITES, WRITES_PER_TABLE

T = TypeVar("T")


@dataclass(frozen=True)
class Cause:
    """A span, and its trace."""

    trace: str
    span: str


class _Lately(Generic[T]):
    """The last entries."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[Any, T] = OrderedDict()

    def put(self, key: Any, value: T) -> None:
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def get(self, key: Any) -> T | None:
        return self._entries.get(key)

    def take(self, key: Any) -> T | None:
        return self._entries.pop(key, None)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)


class Links:
    """`wrote` what a span has written; `causes_of` who wrote what an event delivers. An event may come before the span
    that wrote it is over: it waits, and `wrote` tells whom it has now explained."""

    def __init__(self) -> None:
        self._written: _Lately[Cause] = _Lately(KNOWN_WRITES)
        self._waiting: _Lately[Cause] = _Lately(KNOWN_WRITES)
        self._items: dict[str, deque[tuple[dict[str, Any], Cause]]] = {}
        self._aliases: _Lately[str] = _Lately(KNOWN_WRITES)

    def trace_of(self, trace: str) -> str:
        """Where the spans of a trace belong now."""
        for _ in range(8):
            other = self._aliases.get(trace)
            if other is None:
                break
            trace = other
        return trace

    def merged(self, trace: str, into: str) -> None:
        self._aliases.put(trace, into)

    def wrote(self, keys: list[Key], items: list[tuple[str, dict[str, Any]]], cause: Cause) -> list[Cause]:
        """Those who were given it already."""
        explained = []
        for key in keys:
            self._written.put(key, cause)
            waiting = self._waiting.take(key)
            if waiting is not None:
                explained.append(waiting)
        for table, item in items:
            waiting = self._awaited(table, item)
            if waiting is not None:
                explained.append(waiting)
                continue
            self._items.setdefault(table, deque(maxlen=WRITES_PER_TABLE)).append((item, cause))
        return explained

    def causes_of(self, keys: list[Key], given: Cause) -> list[Cause]:
        """Who wrote what was given, each once, the first record's first; when nobody is known, `given` waits."""
        found: dict[Cause, None] = {}
        for key in keys:
            cause = self._of(key)
            if cause is not None:
                found[cause] = None
        if not found:
            for key in keys:
                if key[0] == "dynamodb":
                    self._waiting.put(("dynamodb", key[1], key[3]), given)
                elif key[0] != "header" and not (key[0] == "s3" and not key[2]):
                    self._waiting.put(key, given)
        return list(found)

    def _of(self, key: Key) -> Cause | None:
        if key[0] == "header":
            return Cause(key[1], key[2])
        known = self._written.get(key)
        if known is None and key[0] == "dynamodb":
            known = self._take_item(key[1], json.loads(key[3]))
            if known is not None:
                # The record's number is its own: every other reader of the stream finds it by that.
                self._written.put(key, known)
        return known

    def _take_item(self, table: str, keys: dict[str, Any]) -> Cause | None:
        """The oldest write of the item with these keys that no record has told of: a stream keeps their order."""
        writes = self._items.get(table)
        if not writes or not keys:
            return None
        for position, (item, cause) in enumerate(writes):
            if all(item.get(name) == value for name, value in keys.items()):
                del writes[position]
                return cause
        return None

    def _awaited(self, table: str, item: dict[str, Any]) -> Cause | None:
        """Whoever was given the record before its write was over: the keys are some of the item's members."""
        for names in self._key_names(table):
            keys = {name: item[name] for name in names if name in item}
            waiting = self._waiting.take(("dynamodb", table, json.dumps(keys, sort_keys=True)))
            if waiting is not None:
                return waiting
        return None

    def _key_names(self, table: str) -> set[tuple[str, ...]]:
        return {
            tuple(json.loads(key[2]))
            for key in self._waiting
            if key[0] == "dynamodb" and len(key) == 3 and key[1] == table
        }
