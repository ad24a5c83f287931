"""Time that a test moves on."""

from __future__ import annotations

from groundcloud.clock import Clock


class FakeClock(Clock):
    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += seconds
