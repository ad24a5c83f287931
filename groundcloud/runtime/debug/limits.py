"""Numbers of debugging; ours, AWS has no such thing."""

from __future__ import annotations

CALL_SECONDS = 86_400.0
"""Time that a call has in an environment that is being debugged, in place of the function's timeout: a day."""
