"""Counts changes of each service's control plane, so that compiled things are kept exactly as long as they are true.

The edge tells it of every write it lets through; a stack that is being made or changed goes on changing things after
the request was answered, so its watcher keeps counting until the stack rests.
"""

from __future__ import annotations

from collections import defaultdict


class ChangeCounter:
    """Implements `ports.Changes`. A change of `""` concerns every service (a stack, a reset)."""

    def __init__(self) -> None:
        self._everywhere = 0
        self._by_service: defaultdict[str, int] = defaultdict(int)

    def generation(self, service: str) -> int:
        return self._everywhere + self._by_service[service]

    def bump(self, service: str = "") -> None:
        """Say that `service` (or, unnamed, anything) may have changed."""
        if service:
            self._by_service[service] += 1
        else:
            self._everywhere += 1
