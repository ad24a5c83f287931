"""Authorization codes and browser sessions, in SQLite: both survive a stop and a start.

Of codes and cookies only hashes are kept: who reads the file can use neither.
"""

from __future__ import annotations

import secrets
from dataclasses import astuple, dataclass
from pathlib import Path

from groundcloud import database
from groundcloud.clock import Clock
from groundcloud.signin.hosted import limits
from groundcloud.signin.token_store import digest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hosted_codes (
    digest TEXT PRIMARY KEY, pool TEXT NOT NULL, client TEXT NOT NULL, username TEXT NOT NULL, subject TEXT NOT NULL,
    redirect_uri TEXT NOT NULL, scope TEXT NOT NULL, nonce TEXT NOT NULL, challenge TEXT NOT NULL,
    auth_time INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hosted_sessions (
    digest TEXT PRIMARY KEY, pool TEXT NOT NULL, username TEXT NOT NULL, subject TEXT NOT NULL,
    auth_time INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Grant:
    """What one code stands for: who signed in, for which client, and what was asked for. `scope` is blank-separated,
    `auth_time` epoch seconds."""

    pool: str
    client: str
    username: str
    subject: str
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    auth_time: int


@dataclass(frozen=True)
class Session:
    """A browser in which a user of a pool is signed in."""

    pool: str
    username: str
    subject: str
    auth_time: int


class HostedStore:
    """States of a code: issued → taken, once, or expired. A session lasts until it expires or is ended."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._db = database.opened(path, _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def issue(self, grant: Grant) -> str:
        """A new code."""
        now = self._clock.now()
        self._db.execute("DELETE FROM hosted_codes WHERE expires <= ?", (now,))
        code = secrets.token_urlsafe(32)
        row = (digest(code), *astuple(grant), now + limits.CODE_SECONDS)
        self._db.execute(f"INSERT INTO hosted_codes VALUES ({', '.join('?' * len(row))})", row)
        return code

    def peek(self, code: str) -> Grant | None:
        """What a code stands for, leaving it as it is; None for one that is not good."""
        found = self._db.execute("SELECT * FROM hosted_codes WHERE digest = ?", (digest(code),)).fetchone()
        return Grant(*found[1:-1]) if found and found[-1] > self._clock.now() else None

    def take(self, code: str) -> bool:
        """Use a code up: True for the first who does."""
        return self._db.execute("DELETE FROM hosted_codes WHERE digest = ?", (digest(code),)).rowcount == 1

    def open_session(self, session: Session) -> str:
        """A new session; what its cookie holds."""
        now = self._clock.now()
        self._db.execute("DELETE FROM hosted_sessions WHERE expires <= ?", (now,))
        cookie = secrets.token_urlsafe(32)
        row = (digest(cookie), *astuple(session), now + limits.SESSION_SECONDS)
        self._db.execute("INSERT INTO hosted_sessions VALUES (?, ?, ?, ?, ?, ?)", row)
        return cookie

    def session(self, cookie: str, pool: str) -> Session | None:
        """The session of a cookie, in this pool."""
        found = self._db.execute(
            "SELECT * FROM hosted_sessions WHERE digest = ? AND pool = ?", (digest(cookie), pool)
        ).fetchone()
        return Session(*found[1:-1]) if found and found[-1] > self._clock.now() else None

    def end_session(self, cookie: str) -> None:
        self._db.execute("DELETE FROM hosted_sessions WHERE digest = ?", (digest(cookie),))
