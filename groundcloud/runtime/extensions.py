"""External extensions (executables in ``/opt/extensions``) are not started here: what is said of them instead.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html. Internal ones, which are part of the runtime's
process, run: by a wrapper (`families/wrapper.py`), NODE_OPTIONS or the function's own code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def not_started(layers: Iterable[Path]) -> str:
    """A line for the function's log that names the extensions in the unpacked `layers`; "" where there are none."""
    names = sorted({each.name for layer in layers for each in _executables(layer / "extensions")})
    if not names:
        return ""
    listed = ", ".join(f"/opt/extensions/{name}" for name in names)
    return (
        f"WARNING: external extensions do not run here: {listed} was not started. "
        "The function runs without what it does on AWS.\n"
    )


def _executables(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [each for each in folder.iterdir() if each.is_file() and os.access(each, os.X_OK)]
