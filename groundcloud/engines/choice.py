"""Which engine the profile asks for."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any, Protocol

from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.engines.embedded.dispatch import EngineInvoker
from groundcloud.engines.embedded.engine import EmbeddedEngine
from groundcloud.http import Request, Response
from groundcloud.ports import Engine, Scope
from groundcloud.settings import Settings

_SESSION_FILE = "localstack-session"


class WholeEngine(Engine, Protocol):
    """All that the edge needs of an engine. `judges`: whether it refuses by itself what policies do not let in."""

    name: str
    judges: bool

    @property
    def version(self) -> str: ...

    @property
    def embedded(self) -> EmbeddedEngine:
        """The embedded engine, which is there on every profile."""
        ...

    async def start(self, invoke: EngineInvoker) -> None: ...

    async def stop(self) -> None: ...

    async def asgi(self, scope: Message, receive: Receive, send: Send) -> None: ...

    async def request_as_admin(
        self,
        request: Request,
        service: str,
        scope: Scope,
        hear: Callable[[Any], Awaitable[dict[str, Any]]] | None = None,
        function: str = "",
    ) -> Response: ...

    async def if_allowed(self, request: Request, run: Callable[[], Awaitable[Response]]) -> tuple[Response, bool]: ...

    async def reset(self) -> None: ...

    async def left(self, account: str, covered: Collection[str]) -> tuple[list[str], list[str]]: ...

    async def version_code(self, scope: Scope, function: str, version: str) -> bytes: ...


def make_engine(settings: Settings, changed: Callable[[], None]) -> WholeEngine:
    """The engine of `settings.profile`, not started yet. `changed` is called when it is another one than it was.

    On profile ``localstack`` LocalStack is looked at, and what the cloud kept for another run of it is forgotten: the
    stacks that it belonged to are gone. Raises `UserError` when LocalStack cannot be used.
    """
    if settings.profile != "localstack":
        return EmbeddedEngine(settings)
    # The door to LocalStack brings an HTTP client that nobody else needs.
    from groundcloud.engines.localstack.engine import LocalStackEngine
    from groundcloud.engines.localstack.facts import look

    facts = look(settings.localstack_url)
    if not facts.is_lasting:
        keep_for(facts.session, settings.state_dir)
    return LocalStackEngine(settings, facts, changed)


def keep_for(session: str, state: Path) -> None:
    """Empty the folder `state` unless it is of the same session."""
    file = state / _SESSION_FILE
    if file.is_file() and file.read_text() == session:
        return
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    file.write_text(session)
