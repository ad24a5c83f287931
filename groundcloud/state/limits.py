"""The numbers of this part."""

STACK_SECONDS = 120.0
"""How long the deletion of one stack may take before a reset says that it did not end."""

POLL_SECONDS = 0.01
