"""Counts changes of each service's control plane, so that compiled things are kept exactly as long as they are true.

The edge tells it of every write it lets through; a stack that is being made or changed goes on changing things after
the request was answered, so its watcher keeps counting until the stack rests.
"""

from __future__ import annotations

from collections import defaultdict


class ChangeCounter:
    """Implements `ports.Changes`. A change of the service `""` concerns every service (a stack, a reset), one in the
    account `""` every account."""

    def __init__(self) -> None:
        self._anywhere: defaultdict[str, int] = defaultdict(int)
        self._in: defaultdict[tuple[str, str], int] = defaultdict(int)

    def generation(self, service: str, account: str = "") -> int:
        if not account:
            return self._anywhere[""] + self._anywhere[service]
        return sum(self._in[which, where] for which in ("", service) for where in ("", account))

    def bump(self, service: str = "", account: str = "") -> None:
        """Say that `service` (or, unnamed, anything) may have changed, in `account` (or, unnamed, in any)."""
        self._anywhere[service] += 1
        self._in[service, account] += 1
