"""What the cloud saw of a test: its requests, the functions they called, and the calls that those made."""

from __future__ import annotations

import time
from typing import Any

from groundcloud.errors import UserError
from groundcloud.testing.cloud import Cloud

_EVERY = 0.02


class Traces:
    """Those of one account."""

    def __init__(self, cloud: Cloud, account: str) -> None:
        self._cloud = cloud
        self._wanted = {"account": account}

    def list(self, **wanted: Any) -> list[dict[str, Any]]:
        """Summaries, newest first: ``service``, ``operation``, ``status`` (``ok``, ``error``, ``denied``),
        ``resource``, ``function``, ``q``, ``minMs`` and ``limit`` choose. Raises `UserError`."""
        answer = self._cloud.control("/traces", params={**self._wanted, **wanted})
        if answer.status_code != 200:
            raise UserError(f"The cloud shows no traces: {answer.text}")
        return list(answer.json()["traces"])

    def get(self, trace_id: str) -> dict[str, Any]:
        """One trace: ``spans`` and ``logs``. Raises `UserError`."""
        answer = self._cloud.control(f"/traces/{trace_id}")
        if answer.status_code != 200:
            raise UserError(f"There is no trace {trace_id}: {answer.text}")
        return dict(answer.json())

    def wait_for(self, timeout: float = 30.0, **wanted: Any) -> dict[str, Any]:
        """The newest trace that `list` would find, whole, waiting for it: what a function did is written down a moment
        after it has answered. Raises `AssertionError`."""
        deadline = time.monotonic() + timeout
        while not (found := self.list(**wanted)):
            if time.monotonic() > deadline:
                named = ", ".join(f"{name}={value!r}" for name, value in wanted.items())
                raise AssertionError(f"no trace with {named} within {timeout:g} s")
            time.sleep(_EVERY)
        return self.get(found[0]["traceId"])
