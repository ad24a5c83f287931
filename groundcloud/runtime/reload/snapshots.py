"""Copies of source folders, each content once, that no editor changes while a function runs them. Blocking.

A copy is made beside its place and renamed into it when it is whole. What an earlier copy or the deployed package has
already is linked, so that a save costs the files that changed.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from groundcloud.runtime.code import remove
from groundcloud.runtime.reload import limits
from groundcloud.runtime.reload.tree import ChangedError, Content, File


class Snapshots:
    """Folders named by their content, below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._have: dict[str, Path] = {}

    def plain(self, source: Path, content: Content) -> Path:
        """A copy of `source`, which is as `content` says. Raises `ChangedError` when it is not any more."""
        target = self._folder / content.digest
        return self._make(target, source, content, {})

    def over(self, package: Path, code_sha: str, source: Path, content: Content, gone: frozenset[str]) -> Path:
        """A copy of `source` over the unpacked `package`, which has the modules it needs; `gone` are files of the
        package that the source has deleted."""
        text = "\n".join([code_sha, content.digest, *sorted(gone)])
        target = self._folder / hashlib.sha256(text.encode()).hexdigest()
        base = {name: path for name, path in _files(package) if name not in content.files and name not in gone}
        return self._make(target, source, content, base)

    def _make(self, target: Path, source: Path, content: Content, base: dict[str, Path]) -> Path:
        if target.is_dir():
            os.utime(target)
            return target
        self._folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".saving-", dir=self._folder))
        try:
            tree = scratch / "code"
            tree.mkdir()
            for name, path in base.items():
                _parent(tree, name)
                os.link(path, tree / name)
            for name, file in content.files.items():
                _parent(tree, name)
                self._copy(source / name, tree / name, file)
            _keep_compiled(tree)
            tree.chmod(0o755)
            try:
                tree.rename(target)
            except OSError:
                # Another process made the same copy meanwhile.
                if not target.is_dir():
                    raise
        finally:
            remove(scratch)
        for name, file in content.files.items():
            self._have[_key(file)] = target / name
        return target

    def _copy(self, source: Path, target: Path, file: File) -> None:
        known = self._have.get(_key(file))
        if known is not None:
            try:
                os.link(known, target)
                return
            except OSError:
                del self._have[_key(file)]
        try:
            data = source.read_bytes()
        except FileNotFoundError as error:
            raise ChangedError(str(source)) from error
        if hashlib.sha256(data).hexdigest() != file.digest:
            raise ChangedError(str(source))
        target.write_bytes(data)
        target.chmod(0o555 if file.executable else 0o444)

    def prune(self) -> None:
        """At a start: forget half-made copies, and beyond the limit those used longest ago."""
        if not self._folder.is_dir():
            return
        entries = sorted(self._folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
        whole = [entry for entry in entries if not entry.name.startswith(".")]
        for entry in [entry for entry in entries if entry.name.startswith(".")] + whole[limits.KEPT_SNAPSHOTS :]:
            remove(entry)


def _key(file: File) -> str:
    return f"{file.digest}{'x' if file.executable else ''}"


def _parent(tree: Path, name: str) -> None:
    if "/" in name:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)


def _files(package: Path) -> Iterator[tuple[str, Path]]:
    for folder, _, names in os.walk(package):
        if Path(folder).name == "__pycache__":
            continue
        for name in names:
            path = Path(folder, name)
            yield path.relative_to(package).as_posix(), path


def _keep_compiled(tree: Path) -> None:
    """Make places where Python may keep compiled modules: a second start is faster."""
    for folder, _, names in os.walk(tree):
        if any(name.endswith(".py") for name in names):
            (Path(folder) / "__pycache__").mkdir(mode=0o755, exist_ok=True)
