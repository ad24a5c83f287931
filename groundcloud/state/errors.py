"""What a reset is refused for."""

from __future__ import annotations


class RefusedError(ValueError):
    """A reset that cannot be done as it was asked for; the message says why."""
