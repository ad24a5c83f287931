"""What each role was seen to do, by session name (a function's is its name): a compact set of actions on resources,
kept across restarts.

Refused attempts belong to it: a policy that is to be enough must allow what the code asks for.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from groundcloud.iam.limits import MAX_SEEN_PER_ROLE

CONDITION_KEYS = frozenset({"iam:PassedToService"})
"""Condition keys worth keeping: those that a least-privilege policy names."""


class Seen(NamedTuple):
    """One action on one resource; `keys` the condition keys worth naming."""

    action: str
    resource: str
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()


class SeenActions:
    """In memory, and every new entry in SQLite (`file`; nothing is kept without it)."""

    def __init__(self, file: Path | None) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None)
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS seen (role TEXT, session TEXT, action TEXT, resource TEXT,"
            " keys TEXT, PRIMARY KEY (role, session, action, resource, keys)) WITHOUT ROWID"
        )
        self._seen: dict[tuple[str, str], set[Seen]] = {}
        for role, session, action, resource, keys in self._database.execute("SELECT * FROM seen").fetchall():
            pairs = tuple((name, tuple(values)) for name, values in json.loads(keys))
            self._seen.setdefault((role, session), set()).add(Seen(action, resource, pairs))

    def note(self, role: str, session: str, action: str, resource: str, context: Mapping[str, tuple[str, ...]]) -> None:
        if CONDITION_KEYS.isdisjoint(context):
            one = Seen(action, resource)
        else:
            one = Seen(action, resource, tuple(pair for pair in sorted(context.items()) if pair[0] in CONDITION_KEYS))
        known = self._seen.get((role, session))
        if known is None:
            known = self._seen[role, session] = set()
        if one in known or len(known) >= MAX_SEEN_PER_ROLE:
            return
        known.add(one)
        row = (role, session, action, resource, json.dumps(one.keys))
        self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", row)

    def of(self, role: str, session: str) -> frozenset[Seen]:
        return frozenset(self._seen.get((role, session), ()))

    def is_full(self, role: str, session: str) -> bool:
        return len(self._seen.get((role, session), ())) >= MAX_SEEN_PER_ROLE

    def clear(self, account: str = "") -> None:
        """Forget everything, or what roles of one account did."""
        gone = [key for key in self._seen if account in ("", key[0].split(":")[4] if ":" in key[0] else "")]
        for key in gone:
            del self._seen[key]
        self._database.executemany("DELETE FROM seen WHERE role = ? AND session = ?", gone)

    def close(self) -> None:
        self._database.close()
