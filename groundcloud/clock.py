"""Time and identifiers, injected wherever they matter so that tests decide both."""

from __future__ import annotations

import time
import uuid
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary point, never going backwards."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


def new_request_id() -> str:
    """A request id in the form AWS uses: a lower-case UUID."""
    return str(uuid.uuid4())
