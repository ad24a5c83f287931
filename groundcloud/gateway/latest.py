"""A cache of what is made of the control plane: one task for each key, all thrown away when it may have changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_ENTRIES_KEPT = 4096


class Latest(Generic[K, V]):
    """What `load` made of a key since `generation` last changed. Callers that ask for the same key at once wait for one
    load; what failed is loaded again."""

    def __init__(self, generation: Callable[[], Hashable], load: Callable[[K], Coroutine[Any, Any, V]]) -> None:
        self._generation = generation
        self._load = load
        self._made_at: Hashable = None
        self._entries: dict[K, asyncio.Task[V]] = {}

    def clear(self) -> None:
        """Forget what was loaded."""
        self._entries = {}

    async def get(self, key: K) -> V:
        """Raises what `load` raises."""
        generation = self._generation()
        if generation != self._made_at or len(self._entries) >= _ENTRIES_KEPT:
            self._made_at = generation
            self._entries = {}
        entries = self._entries
        task = entries.get(key)
        if task is None:
            task = entries[key] = asyncio.create_task(self._load(key))
        if not task.done():
            # Not awaited itself: the caller that came first may hang up, the others still want the answer.
            await asyncio.wait((task,))
        if task.exception() is not None:
            entries.pop(key, None)
        return task.result()
