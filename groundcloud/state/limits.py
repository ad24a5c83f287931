"""The numbers of this part."""

STACK_SECONDS = 120.0
"""How long the deletion of one stack may take before a reset says that it did not end."""

POLL_SECONDS = 0.01

MOST_SECONDS = 100 * 365 * 86400
"""How far the clock is moved at once."""
