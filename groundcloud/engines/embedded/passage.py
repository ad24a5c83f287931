"""Requests that end in a function: the engine says who may, and our runtime answers.

The engine knows every caller's policies, but what a function answers, and how it is called, is the runtime's. So a
request that would run a function is put through the engine, and when it has come as far as the function (the seam in
`dispatch.py`), `run` is called in its place. What is carried from here to there is a context variable: the engine's
threads inherit it, as they inherit the engine's own.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from groundcloud.engines.embedded.asgi import AsgiApp, fetch
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response

NOTHING: dict[str, Any] = {"body": None, "log": ""}
"""A function that returned nothing, in the engine's form."""


class Passage(Protocol):
    """What waits at the seam for a request of ours."""

    async def at_the_seam(self, func: dict[str, Any], event: Any, *, nobody_waits: bool) -> dict[str, Any]:
        """Called on the loop instead of the function; returns the engine's form of a result."""
        ...


current: contextvars.ContextVar[Passage | None] = contextvars.ContextVar("groundcloud_passage", default=None)


class Allowed:
    """Runs `run` once, when the engine has let the request through."""

    def __init__(self, run: Callable[[], Awaitable[Response]]) -> None:
        self._run = run
        self.answer: Response | None = None
        self.error: AwsError | None = None

    async def at_the_seam(self, func: dict[str, Any], event: Any, *, nobody_waits: bool) -> dict[str, Any]:
        if nobody_waits:
            return NOTHING  # it was answered 202, and the request's own task runs it
        try:
            self.answer = await self._run()
        except AwsError as error:
            self.error = error
            throttled = error.code == "TooManyRequestsException"
            return {**NOTHING, "error": True, **({"throttle": True, "body": {}} if throttled else {})}
        return {**NOTHING, "error": "X-Amz-Function-Error" in self.answer.headers}

    def result(self) -> Response | None:
        """What `run` answered, or None if the engine never came as far. Raises what `run` raised."""
        if self.error is not None:
            raise self.error
        return self.answer


class CodeOf:
    """Takes the package from the record that the engine would run, and runs nothing."""

    def __init__(self) -> None:
        self.code: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def at_the_seam(self, func: dict[str, Any], event: Any, *, nobody_waits: bool) -> dict[str, Any]:
        if not self.code.done():
            self.code.set_result(func.get("code_zip") or b"")
        return NOTHING


class Heard:
    """Asks `hear` for what the function is to answer: for functions whose events we make ourselves."""

    def __init__(self, hear: Callable[[Any], Awaitable[dict[str, Any]]]) -> None:
        self._hear = hear

    async def at_the_seam(self, func: dict[str, Any], event: Any, *, nobody_waits: bool) -> dict[str, Any]:
        try:
            return {**NOTHING, "body": await self._hear(event)}
        except AwsError as error:
            return {**NOTHING, "body": {"errorType": error.code, "errorMessage": error.message}, "error": True}


async def through(app: AsgiApp, request: Request, passage: Passage) -> Response:
    """Put `request` through the engine with `passage` waiting at the seam."""

    async def carrying(*asgi: Any) -> None:
        current.set(passage)
        await app(*asgi)

    return await fetch(carrying, request)
