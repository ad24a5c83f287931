"""What a reset is refused for, and what it passes over."""

from __future__ import annotations


class StaysError(Exception):
    """Not to be deleted: it is every account's from the start, or on its way out already."""


class RefusedError(ValueError):
    """A reset that cannot be done as it was asked for; the message says why."""
