"""Refresh tokens and what was revoked, in SQLite: a session goes on after a stop and a start.

Of a refresh token only a hash is kept. `origin` is the ``origin_jti`` that all tokens of one sign-in share.
"""

from __future__ import annotations

import hashlib
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from groundcloud import database
from groundcloud.clock import Clock
from groundcloud.signin import limits

_SCHEMA = """
CREATE TABLE IF NOT EXISTS refresh_tokens (
    digest TEXT PRIMARY KEY, pool TEXT NOT NULL, client TEXT NOT NULL, subject TEXT NOT NULL, username TEXT NOT NULL,
    origin TEXT NOT NULL, auth_time INTEGER NOT NULL, scope TEXT NOT NULL, expires REAL NOT NULL,
    ends REAL NOT NULL, event TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refresh_of_user ON refresh_tokens (pool, subject);
CREATE INDEX IF NOT EXISTS refresh_of_origin ON refresh_tokens (origin);
CREATE TABLE IF NOT EXISTS revoked (origin TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Kept:
    """One refresh token. `expires` is the end of the session, `ends` that of this token: earlier once it was rotated
    out. `scope` holds the granted scopes, parted by blanks; `event` the sign-in's event id."""

    digest: str
    pool: str
    client: str
    subject: str
    username: str
    origin: str
    auth_time: int
    scope: str
    expires: float
    ends: float
    event: str


_COLUMNS = ", ".join(field.name for field in fields(Kept))


class TokenStore:
    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._db = database.opened(path, _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def clear(self) -> None:
        """Empty the whole file: codes, credentials and the hosted pages' sessions lie in it, too."""
        database.empty(self._db)

    def add(self, kept: Kept) -> None:
        marks = ", ".join("?" * len(fields(Kept)))
        self._db.execute(f"INSERT INTO refresh_tokens ({_COLUMNS}) VALUES ({marks})", astuple(kept))

    def find(self, token: str) -> Kept | None:
        found = self._db.execute(f"SELECT {_COLUMNS} FROM refresh_tokens WHERE digest = ?", (digest(token),)).fetchone()
        return Kept(*found) if found else None

    def end(self, kept: Kept, at: float) -> None:
        """This token was rotated out: it is good until `at` only."""
        self._db.execute("UPDATE refresh_tokens SET ends = min(ends, ?) WHERE digest = ?", (at, kept.digest))

    def revoke(self, origin: str) -> None:
        """Nothing of this sign-in is good any more."""
        now = self._clock.now()
        self._db.execute("DELETE FROM revoked WHERE until <= ?", (now,))
        self._db.execute("DELETE FROM refresh_tokens WHERE expires <= ?", (now,))
        self._db.execute(
            "INSERT OR REPLACE INTO revoked VALUES (?, ?)", (origin, now + limits.REVOKED_REMEMBERED_SECONDS)
        )

    def revoke_all(self, pool: str, subject: str) -> None:
        """Sign a user out everywhere."""
        rows = self._db.execute(
            "SELECT DISTINCT origin FROM refresh_tokens WHERE pool = ? AND subject = ?", (pool, subject)
        ).fetchall()
        for (origin,) in rows:
            self.revoke(origin)

    def is_revoked(self, origin: str) -> bool:
        return self._db.execute("SELECT 1 FROM revoked WHERE origin = ?", (origin,)).fetchone() is not None


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
