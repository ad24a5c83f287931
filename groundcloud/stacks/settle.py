"""Applies what `adapt.py` noted, once a stack's operation is over.

States of a stack here: unknown → watched (an operation was started) → settled. A watched stack is looked at in the
background until its operation ends, and before each answer that would show the end to a client, so that whoever waits
for the stack finds its API complete. A stack that rolled back gets the notes of the template it went back to.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import ConcurrencyProvider, Engine, Scope
from groundcloud.stacks.adapt import noted_resources
from groundcloud.stacks.apply import Applier
from groundcloud.stacks.keep import KEY, recall
from groundcloud.stacks.nested import STACK
from groundcloud.stacks.parse import Template
from groundcloud.stacks.ready import Readiness

_FIRST_LOOK_SECONDS = 0.05
_LAST_LOOK_SECONDS = 1.0
_NOTHING_LEFT = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")

log = logging.getLogger(__name__)

Watched = tuple[Scope, str]
Gone = Callable[[str, Scope], Awaitable[None]]
"""Told the name of a stack that is no more."""


class Settler:
    """One a process. `changed` is told where, each time an operation is over; `close` ends the background work."""

    def __init__(
        self,
        engine: Engine,
        changed: Callable[[Scope], None],
        gone: Gone,
        provider: ConcurrencyProvider | None = None,
    ) -> None:
        self._engine = engine
        self._provider = provider
        self._readiness = Readiness(engine, provider)
        self._changed = changed
        self._gone = gone
        self._operations: dict[Watched, int] = {}
        self._looking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, stack: str, scope: Scope) -> None:
        """An operation on `stack` (its name or id) was started."""
        watched = (scope, stack)
        self._operations[watched] = self._operations.get(watched, 0) + 1
        if self._operations[watched] == 1:
            task = asyncio.create_task(self._follow(watched))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settle(self, scope: Scope) -> None:
        """Settle every watched stack of `scope` whose operation is over."""
        for watched in [item for item in self._operations if item[0] == scope]:
            await self._look(watched)

    def clear(self) -> None:
        """Watch nothing."""
        self._operations.clear()
        self._readiness.clear()

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, watched: Watched) -> None:
        pause = _FIRST_LOOK_SECONDS
        while watched in self._operations:
            await self._look(watched)
            if watched in self._operations:
                await self._readiness.attend(watched[1], watched[0])
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_LOOK_SECONDS)

    async def _look(self, watched: Watched) -> None:
        """Settle the stack if its operation is over; it is watched no more then, unless another was started."""
        async with self._looking:
            operations = self._operations.get(watched)
            if operations is None:
                return
            scope, stack = watched
            status = await self._status(stack, scope)
            if status is not None and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
                return
            if status is not None and status not in _NOTHING_LEFT:
                await self._apply(stack, scope)
            if status in (None, "DELETE_COMPLETE"):
                await self._gone(_name_of(stack), scope)
            self._changed(scope)
            if self._operations.get(watched) == operations:
                del self._operations[watched]

    async def _status(self, stack: str, scope: Scope) -> str | None:
        try:
            answer = await self._engine.call("cloudformation", "DescribeStacks", {"StackName": stack}, scope=scope)
        except AwsError:
            return None  # gone meanwhile
        return str(answer["Stacks"][0]["StackStatus"])

    async def _apply(self, stack: str, scope: Scope) -> None:
        """Apply what is noted on the stack's resources, and on those of its nested stacks."""
        template = await self._template(stack, scope)
        for nested in await self._nested(stack, template, scope):
            await self._apply(nested, scope)
        applier = Applier(self._engine, scope, self._provider)
        for logical_id, kind in noted_resources(template).items():
            params = {"StackName": stack, "LogicalResourceId": logical_id}
            try:
                answer = await self._engine.call("cloudformation", "DescribeStackResource", params, scope=scope)
                detail = answer["StackResourceDetail"]
                note: dict[str, Any] = json.loads(detail.get("Metadata") or "{}").get(KEY) or {}
                applier.collect(kind, detail["PhysicalResourceId"], note)
            except AwsError as error:
                log.warning("Stack %s: %s was not completed: %s", stack, logical_id, error)
        for problem in await applier.apply():
            log.warning("Stack %s: %s", stack, problem)

    async def _nested(self, stack: str, template: Template, scope: Scope) -> list[str]:
        if all(resource.get("Type") != STACK for resource in template["Resources"].values()):
            return []
        try:
            listed = await self._engine.call(
                "cloudformation", "DescribeStackResources", {"StackName": stack}, scope=scope
            )
        except AwsError as error:
            log.warning("The nested stacks of %s were not completed: %s", stack, error)
            return []
        resources = listed.get("StackResources", [])
        return [item["PhysicalResourceId"] for item in resources if item["ResourceType"] == STACK]

    async def _template(self, stack: str, scope: Scope) -> Template:
        """The template that the engine runs; one without resources when it did not go through here."""
        params = {"StackName": stack, "TemplateStage": "Original"}
        answer = await self._engine.call("cloudformation", "GetTemplate", params, scope=scope)
        body = answer["TemplateBody"]
        text = body if isinstance(body, str) else json.dumps(body)
        template: Template = json.loads(text) if recall(text) is not None else {"Resources": {}}
        return template


def _name_of(stack: str) -> str:
    """The stack's name, of its name or id (``arn:aws:cloudformation:…:stack/<name>/<uuid>``)."""
    return stack.split("/")[1] if stack.startswith("arn:") else stack
