"""The cache of all distributions: bounded, least recently used out first, in memory only (a restart is a cold edge)."""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from urllib.parse import unquote

from groundcloud.http import Response
from groundcloud.sites import limits

Key = tuple[str, ...]


@dataclass
class Entry:
    """One kept answer. `target` is the path and query that invalidations name; times are epoch seconds."""

    distribution: str
    target: str
    response: Response
    stored: float
    expires: float

    def size(self) -> int:
        return len(self.response.body) + sum(len(name) + len(value) for name, value in self.response.headers.items)


class EdgeCache:
    """An answer that was on its way when an invalidation came is not kept: `store` takes the `epoch` read before."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._bytes = 0
        self._epochs: defaultdict[str, int] = defaultdict(int)

    def clear(self) -> None:
        """Empty. What is on its way belongs to another epoch, so it is not kept."""
        self._entries.clear()
        self._bytes = 0
        for distribution in self._epochs:
            self._epochs[distribution] += 1

    def epoch(self, distribution: str) -> int:
        return self._epochs[distribution]

    def find(self, key: Key) -> Entry | None:
        """The entry, fresh or stale."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def store(self, key: Key, entry: Entry, epoch: int) -> None:
        self.drop(key)
        if entry.size() > limits.CACHED_OBJECT_BYTES or epoch != self._epochs[entry.distribution]:
            return
        self._entries[key] = entry
        self._bytes += entry.size()
        while self._bytes > limits.CACHE_BYTES:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size()

    def drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size()

    def invalidate(self, distribution: str, paths: list[str]) -> None:
        """Drop what an invalidation names: paths, or beginnings of paths that end in ``*``."""
        self._epochs[distribution] += 1
        patterns = [_pattern(path) for path in paths]
        gone = [
            key
            for key, entry in self._entries.items()
            if entry.distribution == distribution and any(one.fullmatch(unquote(entry.target)) for one in patterns)
        ]
        for key in gone:
            self.drop(key)


def _pattern(path: str) -> re.Pattern[str]:
    path = "/" + unquote(path).removeprefix("/")
    # Only a last `*` is a wildcard: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
    # invalidation-specifying-objects.html
    if path.endswith("*"):
        return re.compile(re.escape(path[:-1]) + ".*", re.DOTALL)
    return re.compile(re.escape(path), re.DOTALL)
