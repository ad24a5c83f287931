"""Debug sessions: asked for by a control route, taken by the next environment of the function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Endable(Protocol):
    """The environment of a session, as far as a session cares."""

    ended: bool

    def end(self) -> None: ...


@dataclass(eq=False)
class DebugSession:
    """One wish to debug a function. States: waiting → `take()` by the environment made next → taken → over with it.

    `port` of 127.0.0.1 is where the debugger connects; `modules` the folder that makes `debugpy` importable; `folder`
    where the developer has the source, if that is known.
    """

    port: int
    modules: Path
    folder: Path | None = None
    environment: Endable | None = None
    taken: bool = False

    def take(self) -> bool:
        """Whether the environment that is being made is the one to debug: the first that asks."""
        was, self.taken = self.taken, True
        return not was

    @property
    def state(self) -> str:
        """``waiting`` for a call, ``running`` in an environment, or ``over``."""
        if not self.taken:
            return "waiting"
        return "over" if self.environment is not None and self.environment.ended else "running"
