"""What can be wrong with a filter pattern."""

from __future__ import annotations


class PatternError(ValueError):
    """A filter pattern that CloudWatch Logs would refuse; the message says what is wrong with it."""
