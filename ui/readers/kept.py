"""What was read and stays true: bounded, by keys that change when the thing does."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

MOST = 200


class Kept:
    """One of these belongs to a console; threads may share it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._found: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: tuple[object, ...], read: Callable[[], Any]) -> Any:
        """What `read` found when this key was first asked for."""
        with self._guard:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = read()
        with self._guard:
            self._found[key] = found
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return found
