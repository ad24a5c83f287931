"""The identities of every identity pool, and which logins belong to which: SQLite, so that an identity keeps its id,
and its folder in S3, from one start to the next.

A login is kept as provider and subject, never as a token.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundcloud import database
from groundcloud.clock import Clock

_SCHEMA = """
CREATE TABLE IF NOT EXISTS identities (
    id TEXT PRIMARY KEY, pool TEXT NOT NULL, account TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL,
    merged_into TEXT);
CREATE INDEX IF NOT EXISTS identities_of_pool ON identities (pool);
CREATE TABLE IF NOT EXISTS logins (
    pool TEXT NOT NULL, provider TEXT NOT NULL, subject TEXT NOT NULL, identity TEXT NOT NULL,
    PRIMARY KEY (pool, provider, subject));
CREATE INDEX IF NOT EXISTS logins_of_identity ON logins (identity);
CREATE TABLE IF NOT EXISTS signing_keys (id TEXT PRIMARY KEY, pem BLOB NOT NULL);
"""


@dataclass(frozen=True)
class PooledIdentity:
    """`logins` are (provider, subject) pairs; `merged_into` the identity that took this one's logins, which disables
    it."""

    id: str
    pool: str
    account: str
    created: float
    modified: float
    merged_into: str | None
    logins: tuple[tuple[str, str], ...]

    @property
    def region(self) -> str:
        return self.id.partition(":")[0]

    @property
    def providers(self) -> list[str]:
        return list(dict.fromkeys(provider for provider, _ in self.logins))


class IdentityStore:
    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._db = database.opened(path, _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def clear(self) -> None:
        """No identities; the issuer's keys stay."""
        database.empty(self._db, keep=("signing_keys",))

    def find(self, identity_id: str) -> PooledIdentity | None:
        row = self._db.execute("SELECT * FROM identities WHERE id = ?", (identity_id,)).fetchone()
        return self._identity(row) if row else None

    def owner(self, pool: str, provider: str, subject: str) -> PooledIdentity | None:
        """The identity that holds a login."""
        found = self._db.execute(
            "SELECT identity FROM logins WHERE pool = ? AND provider = ? AND subject = ?", (pool, provider, subject)
        ).fetchone()
        return self.find(found[0]) if found else None

    def create(self, pool: str, region: str, account: str) -> PooledIdentity:
        now, name = self._clock.now(), f"{region}:{uuid.uuid4()}"
        self._db.execute("INSERT INTO identities VALUES (?, ?, ?, ?, ?, NULL)", (name, pool, account, now, now))
        return PooledIdentity(name, pool, account, now, now, None, ())

    def link(self, identity: PooledIdentity, logins: Mapping[str, str]) -> None:
        """Give `identity` these logins (subjects by provider); whoever held one of them gives it up."""
        rows = [(identity.pool, provider, subject, identity.id) for provider, subject in logins.items()]
        self._db.executemany("INSERT OR REPLACE INTO logins VALUES (?, ?, ?, ?)", rows)
        self._touch(identity.id)

    def unlink(self, identity: PooledIdentity, provider: str, subject: str | None = None) -> None:
        """Take one login away, or every one of a provider."""
        wanted = "" if subject is None else " AND subject = ?"
        values = (identity.id, provider, *(() if subject is None else (subject,)))
        self._db.execute(f"DELETE FROM logins WHERE identity = ? AND provider = ?{wanted}", values)
        self._touch(identity.id)

    def merge(self, source: PooledIdentity, target: PooledIdentity) -> None:
        """`source` gives all it has to `target` and is disabled."""
        self._db.execute("UPDATE logins SET identity = ? WHERE identity = ?", (target.id, source.id))
        self._db.execute("UPDATE identities SET merged_into = ? WHERE id = ?", (target.id, source.id))
        self._touch(source.id)
        self._touch(target.id)

    def delete(self, identity_id: str) -> None:
        self._db.execute("DELETE FROM logins WHERE identity = ?", (identity_id,))
        self._db.execute("DELETE FROM identities WHERE id = ?", (identity_id,))

    def page(self, pool: str, after: str, limit: int, *, hide_disabled: bool) -> list[PooledIdentity]:
        """Identities of a pool in the order of their ids, those after `after`."""
        hidden = " AND merged_into IS NULL" if hide_disabled else ""
        rows = self._db.execute(
            f"SELECT * FROM identities WHERE pool = ? AND id > ?{hidden} ORDER BY id LIMIT ?", (pool, after, limit)
        )
        return [self._identity(row) for row in rows.fetchall()]

    def signing_keys(self) -> dict[str, bytes]:
        """Private keys of our issuer, PEM by key id."""
        return dict(self._db.execute("SELECT id, pem FROM signing_keys").fetchall())

    def add_signing_key(self, key_id: str, pem: bytes) -> None:
        self._db.execute("INSERT INTO signing_keys VALUES (?, ?)", (key_id, pem))

    def _identity(self, row: tuple[str, str, str, float, float, str | None]) -> PooledIdentity:
        logins = self._db.execute("SELECT provider, subject FROM logins WHERE identity = ? ORDER BY 1, 2", (row[0],))
        return PooledIdentity(*row, tuple((provider, subject) for provider, subject in logins.fetchall()))

    def _touch(self, identity_id: str) -> None:
        self._db.execute("UPDATE identities SET modified = ? WHERE id = ?", (self._clock.now(), identity_id))
