"""EventBridge's deliveries, asked for before the engine makes them.

The engine puts a rule's events into functions, queues and topics without asking their policies. The one function
through which every rule delivers is taken over as the invocation seam is (`dispatch.py`): same version, same check at
the start. What is let in goes on in the engine, as it was, in the order in which it came.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import json
import logging
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any, NamedTuple

from groundcloud.errors import AwsError, UserError

_log = logging.getLogger(__name__)

_SEAM = "_invoke_target"
_PARAMETERS = ["target", "event", "rule", "view"]
_JUDGED = tuple(f"arn:aws:{service}:" for service in ("lambda", "sqs", "sns"))


class RuleDelivery(NamedTuple):
    """One event on its way: `rule` and `target` are ARNs; `role` and `dead_letters` (a queue's ARN) those of the
    target, "" without; `event` makes the event as EventBridge shows it, as JSON."""

    rule: str
    target: str
    role: str
    dead_letters: str
    event: Callable[[], str]


RuleJudge = Callable[[RuleDelivery], Coroutine[Any, Any, bool]]
"""Whether the event may be delivered; what follows from a refusal is the judge's."""


class _Rules:
    """Judges one event after the other. `take` may be called on any thread."""

    def __init__(self, module: ModuleType, judge: RuleJudge, loop: asyncio.AbstractEventLoop) -> None:
        self._deliver = getattr(module, _SEAM)
        self._view_of = module._pattern_event_view
        self._judge = judge
        self._loop = loop
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def take(
        self, target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: object | None = None
    ) -> None:
        """In the engine's place. Schedules of EventBridge Scheduler come here too, and act by roles of their own."""
        judged = str(target.get("Arn", "")).startswith(_JUDGED) and ":rule/" in str(rule.get("Arn", ""))
        if not judged:
            self._deliver(target, event, rule, view)
            return
        # The engine's account and region are context variables of whoever calls.
        context = contextvars.copy_context()
        self._loop.call_soon_threadsafe(self._begin, context, target, event, rule, view)

    def _begin(self, context: contextvars.Context, *delivery: Any) -> None:
        task = self._loop.create_task(self._one(context, *delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one(
        self,
        context: contextvars.Context,
        target: dict[str, Any],
        event: dict[str, Any],
        rule: dict[str, Any],
        view: object | None,
    ) -> None:
        def shown() -> str:
            return json.dumps(context.run(self._view_of, event).event_with_detail())

        dead_letters = str((target.get("DeadLetterConfig") or {}).get("Arn") or "")
        delivery = RuleDelivery(rule["Arn"], target["Arn"], str(target.get("RoleArn") or ""), dead_letters, shown)
        async with self._turn:
            try:
                if await self._judge(delivery):
                    context.run(self._deliver, target, event, rule, view)
            except AwsError as error:
                _log.warning("%s could not deliver to %s: %s", delivery.rule, delivery.target, error)

    def stop(self) -> None:
        """What still waits is not delivered."""
        for task in self._tasks:
            task.cancel()


def judge_rules(module: ModuleType, judge: RuleJudge, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Have `judge` asked before each delivery of the engine's EventBridge module; returns what undoes that. Raises
    `UserError` if the seam is not what it was."""
    own = getattr(module, _SEAM, None)
    if own is None or list(inspect.signature(own).parameters) != _PARAMETERS:
        raise UserError(
            "The way in which the embedded engine delivers events has changed",
            "Run make install, which installs the version this release was tested with",
        )
    rules = _Rules(module, judge, loop)
    setattr(module, _SEAM, rules.take)

    def undo() -> None:
        rules.stop()
        setattr(module, _SEAM, own)

    return undo
