"""What authorizers answered, for as long as their results may be kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

from groundcloud.clock import Clock

A = TypeVar("A")

Key = tuple[str, str, str, tuple[str, ...]]
"""API, stage, authorizer (with the deployment that froze it) and identity."""


class Remembered(Generic[A]):
    """Answers by key. The ones used least recently are forgotten beyond `limit`."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._answers: OrderedDict[Key, tuple[float, A]] = OrderedDict()

    def clear(self) -> None:
        """Forget every answer."""
        self._answers.clear()

    def get(self, key: Key) -> A | None:
        until, answer = self._answers.get(key) or (0.0, None)
        return answer if until > self._clock.monotonic() else None

    def keep(self, key: Key, answer: A, ttl: float) -> None:
        """Remember for `ttl` seconds."""
        self._answers[key] = (self._clock.monotonic() + ttl, answer)
        self._answers.move_to_end(key)
        while len(self._answers) > self._limit:
            self._answers.popitem(last=False)

    def forget(self, api: str, stage: str) -> None:
        """Every answer of a stage."""
        for key in [key for key in self._answers if key[:2] == (api, stage)]:
            del self._answers[key]
