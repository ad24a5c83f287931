"""The screens, one module for each. `SCREENS` is the one list of them: docs/adding-a-screen.md says what follows from
it."""

from __future__ import annotations

from ui.screens import Screen
from ui.views import (
    apis,
    buckets,
    deploy,
    functions,
    iam,
    logs,
    mail,
    map,
    overview,
    parameters,
    queues,
    requests,
    tables,
    users,
)

SCREENS: tuple[Screen, ...] = (
    overview.screen,
    requests.screen,
    logs.screen,
    functions.screen,
    apis.screen,
    users.screen,
    mail.screen,
    tables.screen,
    buckets.screen,
    queues.screen,
    parameters.screen,
    iam.screen,
    deploy.screen,
    map.screen,
)
"""In the order of the navigation."""
