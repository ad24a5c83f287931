"""Which accounts and regions have been used, kept across restarts."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from groundcloud import jsonfile
from groundcloud.ports import Scope, Scopes

log = logging.getLogger(__name__)


class ScopeRegistry(Scopes):
    """Implements `ports.Scopes`: the default scope first, then the others in the order they appeared."""

    def __init__(self, default: Scope, file: Path | None = None) -> None:
        self.default = default
        self._file = file
        self._seen: dict[Scope, None] = {default: None}
        if file is not None and file.exists():
            for scope in _read(file):
                self._seen.setdefault(scope)

    def known(self) -> list[Scope]:
        return list(self._seen)

    async def reset(self) -> None:
        """Only the default scope is known."""
        self._seen = {self.default: None}
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def note(self, scope: Scope) -> None:
        """Remember `scope`; written down only when it is new, so the request path never waits for the disk twice."""
        if scope in self._seen:
            return
        self._seen[scope] = None
        if self._file is not None:
            jsonfile.save(self._file, [[one.account, one.region] for one in self._seen])


def _read(file: Path) -> list[Scope]:
    """The scopes in `file`; none when it is damaged, because they are noted anew as they are used."""
    try:
        return [Scope(str(account), str(region)) for account, region in json.loads(file.read_text())]
    except (OSError, TypeError, ValueError) as error:
        log.warning("%s is not readable, so it is written anew: %s", file, error)
        return []
