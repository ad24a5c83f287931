"""Looks at a source folder: which files it has, how they are stamped, what is in them. Blocking, without state.

A stamp is equal only for a file that was not written since: it holds the change time, which a program cannot set.
Two writes within one tick of the clock could share it; therefore a folder is trusted only some time after its last
change (`limits.QUIET_SECONDS`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundcloud.runtime.reload import limits

Stamp = tuple[int, int, int, int]
"""Change time and modification time in nanoseconds, size, inode."""

DEPENDENCIES = "node_modules"


class ChangedError(Exception):
    """A file changed while it was read."""


class TooLargeError(Exception):
    """More files than a function can be."""


@dataclass(frozen=True)
class Look:
    """A folder at a glance. `newest` is the latest change in epoch seconds, of folders too; `exists` whether there is
    such a folder at all."""

    stamps: dict[str, Stamp]
    newest: float
    exists: bool = True

    def without_dependencies(self) -> dict[str, Stamp]:
        return {name: stamp for name, stamp in self.stamps.items() if DEPENDENCIES not in name.split("/")}


@dataclass(frozen=True)
class File:
    """One file's content by its SHA-256, and whether it may be executed."""

    digest: str
    executable: bool


@dataclass(frozen=True)
class Content:
    """A whole folder, at rest. `digest` is the deploy library's name for the same content."""

    look: Look
    files: dict[str, File]
    digest: str


def look(folder: Path, *, dependencies: bool = True) -> Look:
    """Stat everything that belongs into a package. Raises `TooLargeError`."""
    stamps: dict[str, Stamp] = {}
    try:
        newest = folder.stat().st_ctime_ns
    except OSError:
        # Its disappearance is a change too, and the folder above knows when.
        return Look({}, _changed(folder.parent), exists=False)
    for name, facts in _entries(folder, "", dependencies):
        newest = max(newest, facts.st_ctime_ns)
        if stat.S_ISREG(facts.st_mode):
            stamps[name] = (facts.st_ctime_ns, facts.st_mtime_ns, facts.st_size, facts.st_ino)
            if len(stamps) > limits.FILES:
                raise TooLargeError(f"{folder} has more than {limits.FILES} files")
    return Look(stamps, newest / 1e9)


def _entries(folder: Path | str, prefix: str, dependencies: bool) -> Iterator[tuple[str, os.stat_result]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        name = entry.name
        if name in limits.EXCLUDED or name.endswith(".pyc") or (name == DEPENDENCIES and not dependencies):
            continue
        try:
            # Links to files are followed, those to folders are not: as when a package is made.
            facts = entry.stat()
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        if not stat.S_ISDIR(facts.st_mode):
            yield prefix + name, facts
        elif is_folder:
            yield prefix + name, facts
            yield from _entries(entry.path, f"{prefix}{name}/", dependencies)


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_ctime
    except OSError:
        return 0.0


def read(folder: Path, seen: Look, before: Content | None) -> Content:
    """What is in the files of `seen`; those with the same stamp in `before` are not read again. Raises `ChangedError`
    when the folder is not as it was seen any more, and `OSError` for a file that may not be read."""
    files: dict[str, File] = {}
    for name, stamp in seen.stamps.items():
        if before is not None and before.look.stamps.get(name) == stamp:
            files[name] = before.files[name]
            continue
        try:
            files[name] = _file(folder / name)
        except FileNotFoundError as error:
            raise ChangedError(name) from error
    if look(folder) != seen:
        raise ChangedError(str(folder))
    return Content(seen, files, digest_of(files))


def _file(path: Path) -> File:
    executable = bool(path.stat().st_mode & 0o111)
    return File(hashlib.sha256(path.read_bytes()).hexdigest(), executable)


def digest_of(files: dict[str, File]) -> str:
    """64 hex digits, the same that the deploy library computes of the folder."""
    hasher = hashlib.sha256()
    for name in sorted(files):
        mode = 0o755 if files[name].executable else 0o644
        hasher.update(f"{len(name)}:{name}:{mode:o}:{files[name].digest}".encode())
    return hasher.hexdigest()


def contents_of(folder: Path) -> dict[str, File]:
    """The files of an unpacked package."""
    return {name: _file(folder / name) for name in look(folder).stamps}


def is_being_checked_out(folder: Path) -> bool:
    """Whether git is at work in the repository that `folder` is in: its lock is held until every file is written."""
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_dir():
            return (git / "index.lock").exists()
    return False
