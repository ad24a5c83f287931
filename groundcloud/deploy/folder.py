"""The files of a source folder: which ones count, and the digest that names their content.

The digest covers names, modes and bytes, so it is the same on every machine, and a file that was only touched does not
change it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundcloud.errors import UserError

EXCLUDED = frozenset(
    {
        ".aws-sam",
        ".git",
        ".groundcloud",
        ".hypothesis",
        ".idea",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        ".vscode",
        "__pycache__",
        ".DS_Store",
    }
)
"""Never part of a package, as with the AWS SAM CLI: caches, editors' and version control's folders."""

EXECUTABLE = 0o755
PLAIN = 0o644


@dataclass(frozen=True)
class SourceFile:
    """One file: its name inside the package (``a/b.py``), where it is, and its mode (0o755 or 0o644)."""

    name: str
    path: Path
    mode: int


def files_in(folder: Path) -> list[SourceFile]:
    """Every file of `folder` that belongs into a package, sorted by name. Links to files are followed. A file instead
    of a folder is a package of one."""
    if folder.is_file():
        return [SourceFile(folder.name, folder, _mode(folder))]
    return sorted(_walk(folder), key=lambda file: file.name)


def digest_of(files: list[SourceFile], *salt: str) -> str:
    """64 hex digits naming the content of `files`; `salt` is whatever else decides what is made of them."""
    hasher = hashlib.sha256()
    for part in salt:
        hasher.update(f"{len(part)}:{part}".encode())
    for file in files:
        content = hashlib.sha256(read_source(file.path)).hexdigest()
        hasher.update(f"{len(file.name)}:{file.name}:{file.mode:o}:{content}".encode())
    return hasher.hexdigest()


def read_source(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", "Check the file's permissions") from error


def _walk(folder: Path) -> Iterator[SourceFile]:
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if name not in EXCLUDED]
        for name in names:
            path = Path(parent, name)
            if name in EXCLUDED or name.endswith(".pyc") or not path.is_file():
                continue
            yield SourceFile(path.relative_to(folder).as_posix(), path, _mode(path))


def _mode(path: Path) -> int:
    return EXECUTABLE if path.stat().st_mode & 0o111 else PLAIN
