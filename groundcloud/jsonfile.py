"""JSON files that are whole or not there, whenever the process ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def save(file: Path, value: Any, indent: int | None = None) -> None:
    """Write `value` in place of what `file` had; folders are made. Raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".tmp")
    scratch.write_text(json.dumps(value, indent=indent))
    scratch.replace(file)
