"""Asks the engine once, when the cloud has started, for each service on the way of a function's first call, and imports
what a start does not wait for; later, what the first reset need not wait for.

The engine reads a service's model when it is first asked for it, some 20 ms each. Nobody waits for that here; in the
first call of a function, its caller would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

QUESTIONS = (
    ("sts", "GetCallerIdentity"),
    ("iam", "ListRoles"),
    ("lambda", "ListFunctions"),
    ("apigateway", "GetRestApis"),
    ("dynamodb", "ListTables"),
    ("logs", "DescribeLogGroups"),
)
"""What makes a function's credentials, finds it and its API, is mostly called by it, and takes its log."""


LIBRARIES = ("jwt", "jinja2", "wsproto", "httpx", "jsonschema")
"""Large ones that no request needs at once: tokens, hosted pages, WebSocket APIs, endpoints behind an API, models of
bodies. Imported in a thread, so that who calls meanwhile goes first."""


class Warmup:
    """States: made → `start()` → asking → waiting for what comes to be needed, until `stop()`."""

    def __init__(
        self, aws: AwsCaller, scope: Scope, settle: Callable[[], None], needed: Callable[[], Awaitable[Iterable[str]]]
    ) -> None:
        """`settle` is called when what belongs to the start is over. `needed` names modules that are worth having by
        what the cloud is used for, whenever that is more than before: nothing of a cloud that nobody uses."""
        self._aws = aws
        self._scope = scope
        self._settle = settle
        self._needed = needed
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._ask())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _ask(self) -> None:
        for service, operation in QUESTIONS:
            # What came meanwhile goes first.
            await asyncio.sleep(0)
            try:
                await self._aws.call(service, operation, {}, scope=self._scope)
            except AwsError:
                # Whoever really asks gets the error.
                continue
        for library in LIBRARIES:
            await asyncio.to_thread(import_module, library)
        self._settle()
        while True:
            for module in await self._needed():
                await asyncio.to_thread(import_module, module)
