"""The one private seam: invocations that begin inside the engine are handed to our runtime.

Streams, notifications, triggers and schedules all end in the engine's `_execute_function_dispatch`, on a thread of
the engine's. It is replaced here, so that a function runs in exactly one place. Nothing else of the engine is
touched, and an engine version that this was not tested with is refused at the start.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from importlib.metadata import version
from typing import Any

from groundcloud.engines import unfinished
from groundcloud.engines.embedded import origin, passage
from groundcloud.errors import AwsError, UserError

TESTED_VERSION = "1.5.33"
_SEAM = "_execute_function_dispatch"
_PARAMETERS = ["func", "config", "event", "request_id", "started"]

EngineInvoker = Callable[..., Coroutine[Any, Any, dict[str, Any]]]
"""`(function configuration, code zip, event, request id)` → the engine's result: ``body``, ``log``, ``error``, …; with
``asynchronous=True`` when nobody waits for that result, and the call is to be queued and retried as AWS does."""


def check_version() -> None:
    """Refuse an engine whose insides were not tested."""
    found = version("ministack")
    if found != TESTED_VERSION:
        raise UserError(
            f"The embedded engine is ministack {found}, but this release was tested with {TESTED_VERSION} only",
            "Run make install, which installs the pinned one",
        )


def take_over(module: Any, invoke: EngineInvoker, loop: asyncio.AbstractEventLoop) -> None:
    """Replace the seam in the engine's Lambda module. Raises `UserError` if the seam is not what it was."""
    current = getattr(module, _SEAM, None)
    if current is None or list(inspect.signature(current).parameters) != _PARAMETERS:
        raise UserError(
            "The embedded engine's invocation seam has changed",
            f"Install ministack {TESTED_VERSION}, the version this release was tested with",
        )

    def dispatch(
        func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str, started: float
    ) -> dict[str, Any]:
        if _on(loop):
            # Waiting here would stop the loop that must do the work.
            return _failure(
                "ServiceException", "The engine began an invocation on the event loop; this is not supported"
            )
        nobody_waits = origin.nobody_waits(origin.places(sys._getframe(1)))
        waiting = passage.current.get()
        if waiting is not None:
            work = waiting.at_the_seam(func, event, nobody_waits=nobody_waits)
        elif nobody_waits:
            work = invoke(config, func.get("code_zip"), event, request_id, asynchronous=True)
        else:
            work = invoke(config, func.get("code_zip"), event, request_id)
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except AwsError as error:
            return _failure(error.code, error.message)
        except CancelledError:
            return _failure("ServiceException", "The cloud is stopping")

    setattr(module, _SEAM, dispatch)
    unfinished.hush()


def _failure(kind: str, message: str) -> dict[str, Any]:
    """A failed invocation in the engine's own form."""
    return {"body": {"errorType": kind, "errorMessage": message}, "error": True, "log": ""}


def _on(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
