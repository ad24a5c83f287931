"""Unpacks deployment packages, each content once, where functions can read but not change them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path, PurePosixPath

from groundcloud.runtime import errors, limits

_CHUNK = 1 << 20


class CodeStore:
    """Folders named by the SHA-256 of the archive that is in them."""

    def __init__(self, folder: Path, executor: Executor) -> None:
        self._folder = folder
        self._executor = executor
        self._unpacking: dict[str, asyncio.Task[Path]] = {}

    def path(self, digest: str) -> Path | None:
        """Where the archive with this SHA-256 (hexadecimal) is unpacked, or None."""
        path = self._folder / digest
        return path if path.is_dir() else None

    def has(self, code_sha: str) -> bool:
        """Whether the archive with this SHA-256 (Base64, as the control plane has it) is unpacked."""
        return bool(code_sha) and self.path(base64.b64decode(code_sha).hex()) is not None

    async def folder(self, digest: str, fetch: Callable[[], Awaitable[bytes]]) -> Path:
        """The unpacked archive; `fetch` is called only if it is not there yet. Raises `AwsError`."""
        known = self.path(digest)
        if known is not None:
            os.utime(known)
            return known
        task = self._unpacking.get(digest)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._add(digest, fetch))
            self._unpacking[digest] = task
            task.add_done_callback(lambda _: self._unpacking.pop(digest, None))
        return await asyncio.shield(task)

    async def _add(self, digest: str, fetch: Callable[[], Awaitable[bytes]]) -> Path:
        data = await fetch()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._store, digest, data)

    async def add(self, data: bytes) -> Path:
        """Unpack an archive that is at hand."""
        loop = asyncio.get_running_loop()
        digest = await loop.run_in_executor(self._executor, _digest, data)

        async def at_hand() -> bytes:
            return data

        return await self.folder(digest, at_hand)

    async def merged(self, folders: Sequence[Path]) -> Path | None:
        """One folder with the content of `folders` (ours, unpacked), a later one's over an earlier one's: /opt."""
        if len(folders) < 2:
            return folders[0] if folders else None
        target = self._folder / f"opt-{_digest(os.pathsep.join(folder.name for folder in folders).encode())}"
        if not target.is_dir():
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self._merge, folders, target)
        return target

    def _merge(self, folders: Sequence[Path], target: Path) -> None:
        scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=self._folder))
        try:
            for folder in folders:
                _overlay(folder, scratch / "code")
            try:
                (scratch / "code").rename(target)
            except OSError:
                # Another call merged the same layers in the meantime.
                if not target.is_dir():
                    raise
        finally:
            remove(scratch)

    def _store(self, digest: str, data: bytes) -> Path:
        if _digest(data) != digest:
            raise errors.service_failure(
                "the control plane hands out the newest code only, and that of this version was replaced before it ran"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / digest
        scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=self._folder))
        try:
            unpack(data, scratch / "code")
            try:
                (scratch / "code").rename(target)
            except OSError:
                # Another process unpacked the same content in the meantime.
                if not target.is_dir():
                    raise
            # Only now: a folder that is read-only itself cannot be moved.
            target.chmod(0o555)
        finally:
            remove(scratch)
        return target

    def prune(self) -> None:
        """Forget half-made folders, and beyond the limit those that were used longest ago."""
        if not self._folder.is_dir():
            return
        entries = list(self._folder.iterdir())
        for entry in entries:
            if entry.name.startswith(".unpacking-"):
                remove(entry)
        kept = [entry for entry in entries if not entry.name.startswith(".")]
        kept.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in kept[limits.CODE_FOLDERS :]:
            remove(entry)


def unpack(data: bytes, target: Path) -> None:
    """Unpack a zip archive into the new folder `target`, all below it read-only, executable bits kept.

    Raises `AwsError` for what is no archive, leaves its folder or is too large.
    """
    if not data:
        raise errors.bad_package("the function has no code")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _unpack_members(archive, target)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise errors.bad_package(str(error)) from error
    _close(target)


def _unpack_members(archive: zipfile.ZipFile, target: Path) -> None:
    target.mkdir(parents=True)
    left = limits.UNZIPPED_BYTES
    links: list[tuple[Path, str]] = []
    for member in archive.infolist():
        path = _inside(target, member.filename)
        mode = member.external_attr >> 16
        if member.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISLNK(mode):
            links.append((path, archive.read(member).decode("utf-8", "surrogateescape")))
            continue
        left = _unpack_file(archive, member, path, left)
        path.chmod(0o555 if mode & 0o111 else 0o444)
    # Links last, so that no member is written through one.
    for path, aim in links:
        _link(target, path, aim)


def _inside(target: Path, name: str) -> Path:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or "\0" in name:
        raise errors.bad_package(f"the entry {name!r} is outside the archive")
    return target / parts


def _unpack_file(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    # Counted as it is written: the sizes an archive states need not be true.
    if path.exists():
        path.unlink()
    with archive.open(member) as source, path.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise errors.bad_package(f"unpacked it is larger than {limits.UNZIPPED_BYTES} bytes")
            sink.write(chunk)
    return left


def _link(target: Path, path: Path, aim: str) -> None:
    resolved = Path(os.path.normpath(path.parent / aim))
    if PurePosixPath(aim).is_absolute() or not resolved.is_relative_to(target):
        raise errors.bad_package(f"the link {path.name!r} points outside the archive")
    if path.is_symlink() or path.exists():
        path.unlink()
    path.symlink_to(aim)


def _overlay(source: Path, target: Path) -> None:
    """Put links to all files of `source` into `target`; what has the same name there is replaced."""
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        place = target / entry.name
        if entry.is_dir() and not entry.is_symlink():
            if place.is_symlink() or place.is_file():
                place.unlink()
            _overlay(entry, place)
            continue
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        elif place.is_symlink() or place.exists():
            place.unlink()
        if entry.is_symlink():
            place.symlink_to(entry.readlink())
        else:
            place.hardlink_to(entry)


def _close(target: Path) -> None:
    """Make the folders read-only, but for places where Python may keep compiled modules: a second start is faster."""
    for folder, _, files in os.walk(target, topdown=False):
        here = Path(folder)
        if any(name.endswith(".py") for name in files) and here.name != "__pycache__":
            (here / "__pycache__").mkdir(mode=0o755, exist_ok=True)
        if here.name != "__pycache__" and here != target:
            here.chmod(0o555)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def remove(folder: Path) -> None:
    """Delete a folder whose parts may be read-only."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            inner = Path(place) / name
            if not inner.is_symlink():
                inner.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
