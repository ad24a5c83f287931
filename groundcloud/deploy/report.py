"""What a deployment tells while it runs: a small port, and the reporter that says nothing.

`terminal.py` shows it to people; tests collect it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from groundcloud.deploy.plan import Plan


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history. `created` is ISO 8601; `is_stack` marks the stack's own events."""

    id: str
    logical_id: str
    type: str
    status: str
    reason: str
    created: str
    physical_id: str
    is_stack: bool

    @property
    def failed(self) -> bool:
        return self.status.endswith("FAILED")


class Reporter(Protocol):
    """Listens to a deployment."""

    def step(self, text: str) -> None:
        """What is being done now."""
        ...

    def note(self, text: str) -> None:
        """Something done, in a line."""
        ...

    def warn(self, text: str) -> None:
        """Something the person should know, though it stops nothing."""
        ...

    def plan(self, plan: Plan) -> None:
        """What will change, before it does."""
        ...

    def event(self, event: StackEvent) -> None:
        """The stack moved on."""
        ...


class SilentReporter:
    """Listens and says nothing."""

    def step(self, text: str) -> None: ...

    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...

    def plan(self, plan: Plan) -> None: ...

    def event(self, event: StackEvent) -> None: ...
