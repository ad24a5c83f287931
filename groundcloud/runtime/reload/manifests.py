"""Tells when a saved change needs a build: other dependencies than those that were deployed. Blocking."""

from __future__ import annotations

import json
from pathlib import Path

from groundcloud.runtime.reload.tree import DEPENDENCIES, Content


def changed(source: Path, package: Path, content: Content) -> str:
    """A sentence when `source` asks for other dependencies than the deployed `package` was built with, else ""."""
    if _requirements(source) != _requirements(package):
        return "requirements.txt changed: run `make deploy`"
    has_own = any(name.startswith(f"{DEPENDENCIES}/") for name in content.files)
    if not has_own and _dependencies(source) != _dependencies(package):
        return "package.json asks for other dependencies: run `make deploy`"
    return ""


def _requirements(folder: Path) -> list[str]:
    lines = (line.partition(" #")[0].strip() for line in _text(folder / "requirements.txt").splitlines())
    return sorted(line for line in lines if line and not line.startswith("#"))


def _dependencies(folder: Path) -> object:
    try:
        package = json.loads(_text(folder / "package.json") or "{}")
    except ValueError:
        return None
    return package.get("dependencies") or {} if isinstance(package, dict) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
