"""Stacks of an engine whose own CloudFormation takes templates as they are: LocalStack's.

Nothing is rewritten. What is left to do is to tell everybody that things may have changed before a client can see that
a stack rests: it then calls the API that the stack has made. What LocalStack's CloudFormation cannot make by itself,
the plugin has made here, as stacks of one resource: they are ours, and treated as such.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from groundcloud.engines import FORWARDED
from groundcloud.http import Request, Response
from groundcloud.ports import Scope
from groundcloud.stacks.stacks import Stacks

_SHOW_STATES = frozenset(
    {"DescribeStacks", "DescribeStackEvents", "DescribeStackResource", "DescribeStackResources", "ListStacks"}
    | {"ListStackResources", "DescribeChangeSet"}
)


class AdminRequests(Protocol):
    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response: ...


class UpstreamStacks:
    """Has the methods of `Stacks`; `own` are those of the plugin's stacks."""

    def __init__(self, engine: AdminRequests, changed: Callable[[], None], own: Stacks) -> None:
        self._engine = engine
        self._changed = changed
        self._own = own

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """Answer what shows the state of a stack; None for the rest, which the engine answers."""
        if FORWARDED in request.headers:
            return await self._own.handle(operation, request, scope)
        if operation not in _SHOW_STATES:
            return None
        answer = await self._engine.request_as_admin(request, "cloudformation", scope)
        self._changed()
        return answer

    async def handle_other(self, operation: str, request: Request, signed: Request, scope: Scope) -> Response | None:
        """The same for callers that were judged, and go on as they signed."""
        return None

    async def reset(self) -> None:
        await self._own.reset()

    async def close(self) -> None:
        await self._own.close()
