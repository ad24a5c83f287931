"""Where each function's source lives: a registry that a deploy fills by a control route.

Hot reload (`reload/`) runs what is saved there. Kept in `function-sources.json` in the state folder. Only folders under
the application's root are taken: the cloud must not be talked into running code from elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from groundcloud import jsonfile
from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute

FILE = "function-sources.json"
BUILDS = ("none", "pip", "npm")
_ARN = re.compile(r"arn:aws[a-zA-Z-]*:lambda:[a-z]{2}(-[a-z]+)+-\d:\d{12}:function:[a-zA-Z0-9_-]{1,64}")


class SourceError(ValueError):
    """An entry that cannot be taken; the message says which and why."""


@dataclass(frozen=True)
class FunctionSource:
    """One function's source: an absolute `folder`, the `handler` in it, how its package is built, and the `digest` of
    the content that was deployed ("" when the deployer does not say).

    Hot reload notes the package that it last saw (`code_sha`), and, when another hand deployed that, the digest of the
    content that is older than it (`kept`).
    """

    function_arn: str
    folder: str
    handler: str
    build: str
    digest: str = ""
    code_sha: str = ""
    kept: str = ""


class SourceRegistry:
    """The registry, read once and written whole, atomically."""

    def __init__(self, state_dir: Path, app_root: Path) -> None:
        self._file = state_dir / FILE
        self._app_root = app_root.resolve()
        self._sources = self._load()
        self.on_change: Callable[[list[str]], None] = _ignore
        """Called with the ARNs of what was registered."""

    def _load(self) -> dict[str, FunctionSource]:
        if not self._file.exists():
            return {}
        entries = json.loads(self._file.read_text())
        return {entry["function_arn"]: FunctionSource(**entry) for entry in entries}

    def all(self) -> list[FunctionSource]:
        return [self._sources[arn] for arn in sorted(self._sources)]

    def replace(self, entries: list[Any]) -> None:
        """Add entries as the control route has them, replacing those of the same functions: all or none.

        Raises `SourceError`.
        """
        read = [self._read(entry) for entry in entries]
        self._sources = {**self._sources, **{source.function_arn: source for source in read}}
        self._save()
        self.on_change([source.function_arn for source in read])

    def clear(self, account: str = "") -> None:
        """Forget the sources of one account's functions, or of all."""
        gone = [arn for arn in self._sources if account in ("", arn.split(":")[4])]
        self._sources = {arn: source for arn, source in self._sources.items() if arn not in gone}
        if gone:
            self._save()
            self.on_change(gone)

    def note(self, source: FunctionSource) -> None:
        """Keep what hot reload has noted of one source."""
        self._sources[source.function_arn] = source
        self._save()

    def _save(self) -> None:
        jsonfile.save(self._file, [asdict(source) for source in self.all()], indent=2)

    def _read(self, entry: Any) -> FunctionSource:
        if not isinstance(entry, dict):
            raise SourceError("each source is an object")
        arn, folder, handler = (_text(entry, name) for name in ("functionArn", "folder", "handler"))
        build = entry.get("build", "none")
        if not _ARN.fullmatch(arn):
            raise SourceError(f"functionArn {arn!r} is not the ARN of a function")
        if build not in BUILDS:
            raise SourceError(f"build of {arn} is {build!r}; use one of {', '.join(BUILDS)}")
        path = (self._app_root / folder).resolve()
        if not path.is_relative_to(self._app_root):
            raise SourceError(
                f"folder {folder!r} is not under the application's root {self._app_root}: set GROUNDCLOUD_APP_ROOT to "
                "a folder above all that you work on, and start the cloud again"
            )
        if not path.is_dir():
            raise SourceError(f"folder {folder!r} does not exist")
        digest = entry.get("digest", "")
        if not isinstance(digest, str):
            raise SourceError(f"digest of {arn} is not a text")
        return FunctionSource(arn, str(path), handler, build, digest)


def _ignore(arns: list[str]) -> None:
    """Before hot reload begins nobody listens."""


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise SourceError(f"each source needs a {name}")
    return value


def source_routes(registry: SourceRegistry) -> list[ControlRoute]:
    """GET and PUT ``/functions/sources``: ``{"sources": [{functionArn, folder, handler, build}]}``."""

    def answer() -> Response:
        sources = [
            {
                "functionArn": source.function_arn,
                "folder": source.folder,
                "handler": source.handler,
                "build": source.build,
            }
            for source in registry.all()
        ]
        return Response.json(200, json.dumps({"sources": sources}))

    async def show(request: Request, segments: dict[str, str]) -> Response:
        return answer()

    async def put(request: Request, segments: dict[str, str]) -> Response:
        try:
            body = json.loads(request.body)
            entries = body.get("sources") if isinstance(body, dict) else None
            if not isinstance(entries, list):
                raise SourceError('the body is {"sources": [...]}')
            registry.replace(entries)
        except ValueError as error:
            return Response.json(400, json.dumps({"message": str(error)}))
        return answer()

    return [ControlRoute("GET", "/functions/sources", show), ControlRoute("PUT", "/functions/sources", put)]
