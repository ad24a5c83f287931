"""The cloud's clock, in the hands of a test."""

from __future__ import annotations

from groundcloud.errors import UserError
from groundcloud.testing.cloud import Cloud


class CloudClock:
    """Lets time pass in the cloud, until the test ends. What it moves: groundcloud/state/README.md."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._moved = False

    def now(self) -> float:
        """Epoch seconds."""
        return float(self._cloud.control("/clock").json()["now"])

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let time pass at once. Raises `UserError` for less than none."""
        total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        answer = self._cloud.control("/clock", "POST", json={"seconds": total})
        if answer.status_code != 200:
            raise UserError(f"The clock was not moved: {answer.text}")
        self._moved = True

    def back(self) -> None:
        """The machine's time again."""
        if self._moved:
            self._cloud.control("/clock", "DELETE")
            self._moved = False
