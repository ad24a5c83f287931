"""Decides what a call of a function runs: the deployed package, or its source as it is saved now.

    call ─► Reload.current ── nothing changed ──► the same function as last time
                 │ a file has another stamp, or the watcher saw one change
                 ▼
            Reload.settle ── wait for rest, read, compare, copy ──► the function with its new code

The rule, for `$LATEST` of a function whose source is registered:

1. While the folder's content is what was deployed, the deployed package runs.
2. Else what is newer: a saved change runs over the package that was deployed before it, and a package that another
   hand put there (`UpdateFunctionCode`) runs until the folder is saved again.
3. A registration, which a deployment makes, begins anew: it knows the content that was deployed.

A call that ends up in 2 never falls back to older code because the new one is broken.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.runtime import errors
from groundcloud.runtime.function import Function
from groundcloud.runtime.local import Local
from groundcloud.runtime.reload import limits, manifests, tree
from groundcloud.runtime.reload.snapshots import Snapshots
from groundcloud.runtime.reload.tree import ChangedError, Content, File, TooLargeError
from groundcloud.runtime.reload.watcher import Watcher
from groundcloud.runtime.sources import FunctionSource, SourceRegistry

_log = logging.getLogger(__name__)

Package = Callable[[Function], Awaitable[Path]]
"""The deployed package of a function, unpacked. Raises `AwsError`."""


class SourceTree:
    """One source folder, shared by the functions that live in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content: Content | None = None
        self.is_dirty = False
        self.settling: asyncio.Task[Content] | None = None
        self._look_again = 0.0

    def is_fresh(self, *, watched: bool) -> bool:
        """Whether the content is still that of the folder, as far as a quick look tells."""
        if self.content is None or self.is_dirty:
            return False
        known = self.content.look
        if watched and not self._is_time_to_look():
            return True
        began = time.thread_time()
        try:
            now = tree.look(self.folder, dependencies=not watched)
        except TooLargeError:
            return False
        # What it took of the processor: on a busy machine it takes longer, and must not be put off for that.
        self._look_again = time.monotonic() + (time.thread_time() - began) * limits.LOOK_SHARE
        # Once seen, it must not be forgotten until the folder was read again.
        self.is_dirty = now.exists != known.exists or now.stamps != (self._own if watched else known.stamps)
        return not self.is_dirty

    def _is_time_to_look(self) -> bool:
        if len(self._own) <= limits.LOOKED_AT_FILES:
            return True
        return len(self._own) <= limits.LOOKED_AT_TIMES_FILES and time.monotonic() >= self._look_again

    def keep(self, content: Content) -> None:
        self.content = content
        self._own = content.look.without_dependencies()


@dataclass
class _Decision:
    """What was decided for one state of one function and one content of its folder."""

    function: Function
    content: Content
    result: Function


class Reload:
    """Hot reload. Not on by itself: `start()` begins to watch; without it, or with `is_on` false, nothing changes."""

    def __init__(
        self, registry: SourceRegistry, package: Package, folder: Path, executor: Executor, *, is_on: bool = True
    ) -> None:
        self._registry = registry
        self._package = package
        self._snapshots = Snapshots(folder)
        self._executor = executor
        self._is_on = is_on
        self._watcher = Watcher(self._seen_by_watcher)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trees: dict[Path, SourceTree] = {}
        self._sources: dict[tuple[Scope, str, str], tuple[FunctionSource, SourceTree]] = {}
        self._decided: dict[tuple[Scope, str, str], _Decision] = {}
        self._packages: dict[str, dict[str, File]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._background: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to watch what is registered."""
        if not self._is_on:
            return
        self._loop = asyncio.get_running_loop()
        self._snapshots.prune()
        self._registry.on_change = self._registered
        self._registered([source.function_arn for source in self._registry.all()])

    def clear(self) -> None:
        """Forget what was decided and read; what is registered is the registry's."""
        for kept in (self._decided, self._packages, self._names):
            kept.clear()

    def stop(self) -> None:
        self._watcher.stop()
        for task in self._background:
            task.cancel()

    # what is registered

    def _registered(self, arns: list[str]) -> None:
        """Sources were registered, some perhaps again: forget what was decided for these."""
        before = set(self._trees)
        self._sources = {}
        trees: dict[Path, SourceTree] = {}
        for source in self._registry.all():
            folder = Path(source.folder)
            kept = trees.setdefault(folder, self._trees.get(folder) or SourceTree(folder))
            self._sources[_key(source.function_arn)] = (source, kept)
        self._trees = trees
        for arn in arns:
            self._decided.pop(_key(arn), None)
        if set(trees) != before:
            self._watcher.watch(trees)

    def _seen_by_watcher(self, folders: set[Path]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._mark, folders)
        except RuntimeError:
            return  # The loop is closed: the cloud is stopping.

    def _mark(self, folders: set[Path]) -> None:
        """Read what changed before somebody asks for it."""
        assert self._loop is not None
        for folder in folders:
            kept = self._trees.get(folder)
            if kept is not None and kept.content is not None:
                kept.is_dirty = True
                task = self._loop.create_task(self._prepare(kept))
                self._background.add(task)
                task.add_done_callback(self._background.discard)

    async def _prepare(self, kept: SourceTree) -> None:
        try:
            await self._content(kept)
            for key, (_, each) in list(self._sources.items()):
                decision = self._decided.get(key)
                if each is kept and decision is not None:
                    await self.settle(decision.function)
        except (AwsError, OSError) as error:
            # The next call meets the same and answers it.
            _log.info("%s: %s", kept.folder, error)

    # one call

    def current(self, function: Function) -> Function | None:
        """What to run, when that is known without waiting; else None, and `settle` finds out."""
        entry = self._sources.get(function.key)
        if entry is None:
            return function
        decision = self._decided.get(function.key)
        if decision is None or decision.function is not function or decision.content is not entry[1].content:
            return None
        return decision.result if entry[1].is_fresh(watched=self._watcher.works) else None

    async def settle(self, function: Function) -> Function:
        """What to run, as the folder is saved now. Raises `AwsError` when its source cannot be read."""
        entry = self._sources.get(function.key)
        if entry is None:
            return function
        source, kept = entry
        for _ in range(_ATTEMPTS):
            content = await self._content(kept)
            known = self._decided.get(function.key)
            if known is not None and known.function is function and known.content is content:
                return known.result
            try:
                local = await self._decide(function, source, content)
            except ChangedError:
                kept.is_dirty = True
                continue
            result = _with(function, local)
            if known is not None and known.function is function and known.result.fingerprint == result.fingerprint:
                result = known.result
            self._decided[function.key] = _Decision(function, content, result)
            return result
        raise errors.service_failure(f"its source {kept.folder} does not come to rest")

    async def _content(self, kept: SourceTree) -> Content:
        """The folder at rest, read once for all who ask."""
        if kept.content is not None and kept.is_fresh(watched=self._watcher.works):
            return kept.content
        if kept.settling is None:
            assert self._loop is not None
            kept.settling = self._loop.create_task(self._read(kept))
        return await asyncio.shield(kept.settling)

    async def _read(self, kept: SourceTree) -> Content:
        assert self._loop is not None
        began = time.monotonic()
        try:
            while time.monotonic() - began < limits.GIVE_UP_SECONDS:
                kept.is_dirty = False
                look = await self._loop.run_in_executor(self._executor, tree.look, kept.folder)
                busy = await self._loop.run_in_executor(self._executor, tree.is_being_checked_out, kept.folder)
                rest = limits.QUIET_SECONDS if busy else limits.QUIET_SECONDS - (time.time() - look.newest)
                if rest > 0 and time.monotonic() - began < limits.SETTLE_SECONDS:
                    await asyncio.sleep(min(rest, limits.QUIET_SECONDS))
                    continue
                if kept.content is not None and kept.content.look.stamps == look.stamps:
                    kept.is_dirty = False
                    if kept.content.look.exists == look.exists:
                        return kept.content
                try:
                    content = await self._loop.run_in_executor(
                        self._executor, tree.read, kept.folder, look, kept.content
                    )
                except ChangedError:
                    continue
                if kept.content is None or kept.content.look.exists != look.exists:
                    self._watcher.watch(self._trees)
                kept.keep(content)
                return content
            raise errors.service_failure(f"its source {kept.folder} changes all the time")
        except (OSError, TooLargeError) as error:
            raise errors.service_failure(f"its source cannot be read: {error}") from error
        finally:
            kept.settling = None

    async def _decide(self, function: Function, source: FunctionSource, content: Content) -> Local | None:
        """The rule at the top of this module."""
        if not content.look.exists:
            return Local(warnings=(f"WARNING: the source folder {source.folder} is gone; the deployed code runs.\n",))
        package = await self._package(function)
        assert self._loop is not None
        deployed = self._packages.get(function.code_sha)
        if deployed is None:
            deployed = await self._loop.run_in_executor(self._executor, tree.contents_of, package)
            self._packages[function.code_sha] = deployed
        source = self._redeployed(function, source, content)
        if source.kept == content.digest or _is_deployed(source, content, deployed):
            self._names[source.function_arn] = frozenset(content.files)
            return None
        folder = Path(source.folder)
        if source.build == "none":
            code = await self._loop.run_in_executor(self._executor, self._snapshots.plain, folder, content)
        else:
            gone = self._names.get(source.function_arn, frozenset()) - set(content.files)
            code = await self._loop.run_in_executor(
                self._executor, self._snapshots.over, package, function.code_sha, folder, content, frozenset(gone)
            )
        rebuild = await self._loop.run_in_executor(self._executor, manifests.changed, folder, package, content)
        if rebuild:
            _log.warning("%s: %s", function.name, rebuild)
        return Local(code, folder, (f"WARNING: {rebuild}\n",) if rebuild else (), rebuild)

    def _redeployed(self, function: Function, source: FunctionSource, content: Content) -> FunctionSource:
        """Note when another package was deployed than the one known: it is newer than what was saved before it."""
        if source.code_sha == function.code_sha:
            return source
        is_newer = bool(source.code_sha) and (not function.modified or content.look.newest <= function.modified)
        noted = replace(source, code_sha=function.code_sha, kept=content.digest if is_newer else "")
        self._registry.note(noted)
        entry = self._sources.get(function.key)
        if entry is not None:
            self._sources[function.key] = (noted, entry[1])
        return noted


_ATTEMPTS = 20


def _is_deployed(source: FunctionSource, content: Content, deployed: dict[str, File]) -> bool:
    if source.digest and not source.kept:
        return source.digest == content.digest
    files = {name: file.digest for name, file in content.files.items()}
    package = {name: file.digest for name, file in deployed.items()}
    if source.build == "none":
        return files == package
    return all(package.get(name) == digest for name, digest in files.items())


def _with(function: Function, local: Local | None) -> Function:
    """The function with its own code; another fingerprint, so that environments with older code are given up."""
    if local is None:
        return function
    name = local.code.name if local.code is not None else "deployed"
    return replace(function, local=local, fingerprint=f"{function.fingerprint}\n{name}\n{local.rebuild}")


def _key(arn: str) -> tuple[Scope, str, str]:
    parts = arn.split(":")
    return (Scope(parts[4], parts[3]), parts[6], "$LATEST")
