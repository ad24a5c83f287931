"""When Python looks for garbage in the cloud's process.

A start makes several hundred thousand objects that live as long as the process: modules, and models of services. Each
full collection looks at them all, which takes a tenth of a second and stops every request. So nothing is collected
while the cloud starts; then what there is, is set aside for good, and only what came later is looked at.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (10_000, 20, 50)
"""Requests make few cycles: Python's own 700 would look some times a request."""


def hold() -> None:
    """Collect nothing for now: the process is starting."""
    gc.disable()


def settle() -> None:
    """The start is over: set aside what it made, and collect again."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()
