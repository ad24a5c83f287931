"""The project's own files and what they say, for the tests that hold the architecture. Nothing is imported."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("groundcloud", "ui", "bootstrap", "services", "bench", "localstack", "tests")
MADE = {"__pycache__", ".venv", ".groundcloud", ".git", "node_modules", "build", "dist"}


def python_files(*folders: str) -> list[Path]:
    """Every Python module below `folders` (default: all of ours), relative to the root."""
    found = [path for folder in folders or CODE for path in (ROOT / folder).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in found if not MADE & set(path.relative_to(ROOT).parts))


def naming(word: str, *folders: str) -> list[Path]:
    """The modules of `python_files` whose text has `word`: what parses them need not look at the others."""
    return [path for path in python_files(*folders) if word in source(path)]


def tracked_files() -> list[Path]:
    """Every file under version control, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


@cache
def source(path: Path) -> str:
    return (ROOT / path).read_text()


@cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(source(path), filename=str(path))


def imported_modules(path: Path) -> Iterator[str]:
    """The absolute names of what `path` imports, wherever in the file. ``from a import b`` gives ``a.b``."""
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for an attribute chain, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""
