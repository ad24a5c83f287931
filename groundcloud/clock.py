"""Time and identifiers, injected wherever they matter so that tests decide both."""

from __future__ import annotations

import os
import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary point, never going backwards."""
        ...

    def machine(self) -> float:
        """What the clock of the machine shows, and so those of its clients: `now`, unless a test has moved that."""
        return self.now()


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def machine(self) -> float:
        return time.time()


class MovableClock(SystemClock):
    """The machine's own clock, ahead of it by what a test has let pass."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._passed = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._passed

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once. Time does not go backwards: `ValueError`."""
        if not seconds >= 0:
            raise ValueError("time does not go backwards")
        self.ahead += seconds
        self._passed += seconds

    def back(self) -> None:
        """Show the machine's time again. What has been measured in the meantime stays passed."""
        self.ahead = 0.0


def new_request_id() -> str:
    """A request id in the form AWS uses: a lower-case UUID."""
    # Several are made for each request; a `UUID` object would take twice as long.
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
