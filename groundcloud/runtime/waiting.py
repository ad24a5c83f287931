"""Calls that wait for an environment: each function's in order, the functions in turn.

A function whose calls fill the queue waits as long for its next turn as one that waits with a single call.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

Line = TypeVar("Line", bound=Hashable)
Place = TypeVar("Place")


class FairQueue(Generic[Line, Place]):
    """Futures that will be given a `Place`, in a `Line` for each function."""

    def __init__(self) -> None:
        self._lines: OrderedDict[Line, deque[asyncio.Future[Place]]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def lines(self) -> Iterator[Line]:
        """Whose turn it is, and who comes after."""
        return iter(list(self._lines))

    def join(self, line: Line) -> asyncio.Future[Place]:
        future: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(line, deque()).append(future)
        self._length += 1
        return future

    def leave(self, line: Line, future: asyncio.Future[Place]) -> None:
        """Harmless when it has been served."""
        waiting = self._lines.get(line)
        if waiting is not None and future in waiting:
            waiting.remove(future)
            self._length -= 1
            if not waiting:
                del self._lines[line]

    def serve(self, line: Line, place: Place) -> bool:
        """Give a place to who waits longest in `line`, whose next turn comes after everybody else's."""
        while line in self._lines:
            future = self._lines[line].popleft()
            self._length -= 1
            if self._lines[line]:
                self._lines.move_to_end(line)
            else:
                del self._lines[line]
            if not future.done():
                future.set_result(place)
                return True
        return False

    def refuse(self, line: Line, error: Callable[[], Exception]) -> None:
        """Let everybody in `line` fail."""
        for future in self._lines.pop(line, ()):
            self._length -= 1
            if not future.done():
                future.set_exception(error())
