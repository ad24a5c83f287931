"""What the engine imports only when it resets a service, and takes long: who resets a cloud for the first time would
wait for it. The services are loaded with the first template; before, their resets import nothing. The modules are those
of the engine version that `dispatch.py` insists on.
"""

from __future__ import annotations

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
