"""Time and identifiers, injected wherever they matter so that tests decide both."""

from __future__ import annotations

import time
from random import getrandbits
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


_VARIANT = (0xF << 76 | 0x3 << 62, 0x4 << 76 | 0x2 << 62)
"""The bits of a UUID that say that it is a random one (RFC 9562, section 5.4): what is cleared, what is set."""


def random_hex(digits: int) -> str:
    """So many hexadecimal digits for an identifier; never for a secret.

    The kernel is not asked: a request needs half a dozen, and a thread that asks hands the interpreter to the others.
    """
    return f"{getrandbits(4 * digits):0{digits}x}"


def new_request_id() -> str:
    """A request id in the form AWS uses: a lower-case UUID."""
    # Several are made for each request; a `UUID` object would take twice as long.
    digits = f"{getrandbits(128) & ~_VARIANT[0] | _VARIANT[1]:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
