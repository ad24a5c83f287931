"""What the engine imports only when it resets a service, and takes long: who resets a cloud for the first time would
wait for it. The services are loaded with the first template; before, their resets import nothing. The modules are those
of the engine version that `dispatch.py` insists on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

_IMPORTED_BY_RESET = {
    # A library for GraphQL: 50 ms, 7 MB.
    "ministack.services.appsync": ("ministack.core.appsync_graphql", "ministack.core.appsync_js"),
    "ministack.services.rds": ("ministack.core.rds_iam",),
}


def not_imported_yet(loaded: Collection[str]) -> list[str]:
    """What a reset now would import, where the modules `loaded` are."""
    return [
        name
        for service, names in _IMPORTED_BY_RESET.items()
        if service in loaded
        for name in names
        if name not in loaded
    ]


class Uses:
    """Which services the engine was asked for: with each new one it may have loaded more."""

    def __init__(self) -> None:
        self._seen: set[str | None] = set()
        self._more = asyncio.Event()

    def note(self, service: str | None) -> None:
        """After a request for `service`."""
        if service not in self._seen:
            self._seen.add(service)
            self._more.set()

    async def more(self) -> None:
        """Wait until there is one that was not there when this was last waited for."""
        await self._more.wait()
        self._more.clear()
