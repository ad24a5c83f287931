"""What this machine puts in the place of what was deployed: pure data, set by hot reload and by debugging."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundcloud.runtime.debug.sessions import DebugSession

TASK_ROOT = "/var/task"

_ERROR = "ERROR"
_HEAD = 120
"""Where the level stands in a record of either runtime: ``[ERROR]``, ``… ERROR …`` or ``{"log_level": "ERROR"``."""


@dataclass(frozen=True)
class Local:
    """How this function runs here. `code` is what runs instead of the deployed package, as saved in `folder` (both
    None when the deployed package runs); `warnings` are lines for the log of each new environment, `rebuild` the one
    that says what only a deployment brings. With a `debugger`, the first environment waits for it."""

    code: Path | None = None
    folder: Path | None = None
    warnings: tuple[str, ...] = ()
    rebuild: str = ""
    debugger: DebugSession | None = None

    def explain(self, payload: bytes) -> bytes:
        """An error payload with the developer's own paths, and with what must be rebuilt when a module is missing."""
        if self.folder is None and not self.rebuild:
            return payload
        try:
            error = json.loads(payload)
        except ValueError:
            return payload
        if not isinstance(error, dict):
            return payload
        if self.rebuild and error.get("errorType") == "Runtime.ImportModuleError":
            error["errorMessage"] = f"{error.get('errorMessage', '')} ({self.rebuild})"
        return json.dumps(self._own_paths(error)).encode()

    def shown(self, text: str) -> str:
        """A line of the log; in those of errors the paths are the developer's."""
        return self.own_paths(text) if _ERROR in text[:_HEAD] else text

    def own_paths(self, text: str) -> str:
        """`text` with the paths of the code that runs turned into those of the folder in which it was saved."""
        if self.folder is None:
            return text
        for root in (TASK_ROOT, str(self.code)):
            text = text.replace(f"{root}/", f"{self.folder}/")
        return text

    def _own_paths(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.own_paths(value)
        if isinstance(value, list):
            return [self._own_paths(item) for item in value]
        if isinstance(value, dict):
            return {key: self._own_paths(item) for key, item in value.items()}
        return value
