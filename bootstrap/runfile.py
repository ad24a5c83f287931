"""``run.json``: which processes were started, so that exactly those are ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Started:
    """One process of ours. `started` identifies it together with its pid, which may be used again: see
    `bootstrap.process.identity`. It leads a process group of its own."""

    name: str
    pid: int
    started: str
    address: str
    log: str


class RunFile:
    """The file as a mapping from name to process. Every change is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[Started]:
        """Every process noted, in the order of their start. A file that cannot be read counts as empty: what it said
        cannot be trusted, and nothing may be ended on its word."""
        try:
            noted = json.loads(self._path.read_text(encoding="utf-8"))["processes"]
            return [Started(**each) for each in noted]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def get(self, name: str) -> Started | None:
        return next((each for each in self.all() if each.name == name), None)

    def add(self, process: Started) -> None:
        self._write([*(each for each in self.all() if each.name != process.name), process])

    def remove(self, name: str) -> None:
        self._write([each for each in self.all() if each.name != name])

    def _write(self, processes: list[Started]) -> None:
        content: dict[str, Any] = {"processes": [asdict(each) for each in processes]}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        draft.replace(self._path)
