"""Confirmation codes: random, one at a time for a user and purpose, single use, expiring, guesses counted.

Kept in SQLite so that a code mailed before a stop is good after the next start. Only a salted hash is stored: the
inbox is the one place that shows a code. Writes go to a write-ahead log without waiting for the disk, well under a
millisecond, so they are made on the event loop.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from groundcloud import database
from groundcloud.clock import Clock
from groundcloud.signin import errors, limits

_SCHEMA = """
CREATE TABLE IF NOT EXISTS codes (
    pool TEXT NOT NULL, subject TEXT NOT NULL, purpose TEXT NOT NULL,
    salt BLOB NOT NULL, digest BLOB NOT NULL, attribute TEXT NOT NULL, pending TEXT, expires REAL NOT NULL,
    PRIMARY KEY (pool, subject, purpose));
CREATE TABLE IF NOT EXISTS attempts (
    pool TEXT NOT NULL, subject TEXT NOT NULL, purpose TEXT NOT NULL, kind TEXT NOT NULL,
    since REAL NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (pool, subject, purpose, kind));
"""
_OF_KEY = "WHERE pool = ? AND subject = ? AND purpose = ?"


@dataclass(frozen=True)
class CodeKey:
    """Whose code, and what for. `subject` is the user's ``sub``, which no later user of the same name inherits."""

    pool: str
    subject: str
    purpose: str

    def row(self) -> tuple[str, str, str]:
        return self.pool, self.subject, self.purpose


SIGN_UP = "sign-up"
RESET = "reset"


def verification_of(attribute: str) -> str:
    """The purpose of a code that verifies an attribute of a signed-in user."""
    return f"verify:{attribute}"


@dataclass(frozen=True)
class Issued:
    """What a right code stands for: the attribute it was sent to, and the new value that waits for it, if any."""

    attribute: str
    pending: str | None


class CodeStore:
    """States of a code: issued → (checked, still issued) → spent by `consume`, replaced by `issue`, or expired."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._db = database.opened(path, _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def issue(self, key: CodeKey, attribute: str, lifetime: float, pending: str | None = None) -> str:
        """A new code, replacing the one before. Raises `LimitExceededException` when too many were asked for."""
        now = self._clock.now()
        self._forget_the_old(now)
        self._count(key, "issued", limits.MAX_CODES_ISSUED, limits.ISSUE_WINDOW_SECONDS)
        code = str(secrets.randbelow(10**limits.CODE_DIGITS)).zfill(limits.CODE_DIGITS)
        salt = secrets.token_bytes(16)
        self._db.execute(
            "INSERT OR REPLACE INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*key.row(), salt, _digest(salt, code), attribute, pending, now + lifetime),
        )
        return code

    def check(self, key: CodeKey, code: str) -> Issued:
        """What `code` stands for, leaving it usable. Raises `LimitExceededException` after too many wrong ones,
        `ExpiredCodeException` when there is none, `CodeMismatchException` when it is another."""
        if self._attempts(key, "wrong", limits.WRONG_CODE_WINDOW_SECONDS) >= limits.MAX_WRONG_CODES:
            raise errors.attempt_limit()
        found = self._db.execute(f"SELECT salt, digest, attribute, pending, expires FROM codes {_OF_KEY}", key.row())
        row = found.fetchone()
        if row is None or row[4] <= self._clock.now():
            raise errors.expired_code()
        if not hmac.compare_digest(row[1], _digest(row[0], code)):
            self._count(key, "wrong", limits.MAX_WRONG_CODES, limits.WRONG_CODE_WINDOW_SECONDS)
            raise errors.code_mismatch()
        return Issued(row[2], row[3])

    def consume(self, key: CodeKey) -> None:
        """The code did its work: it, and the wrong guesses before it, are forgotten."""
        self._db.execute(f"DELETE FROM codes {_OF_KEY}", key.row())
        self._db.execute(f"DELETE FROM attempts {_OF_KEY}", key.row())

    def forget(self, pool: str, subject: str) -> None:
        """The user is gone."""
        for table in ("codes", "attempts"):
            self._db.execute(f"DELETE FROM {table} WHERE pool = ? AND subject = ?", (pool, subject))

    def _attempts(self, key: CodeKey, kind: str, window: float) -> int:
        found = self._db.execute(f"SELECT since, count FROM attempts {_OF_KEY} AND kind = ?", (*key.row(), kind))
        row = found.fetchone()
        return int(row[1]) if row is not None and row[0] + window > self._clock.now() else 0

    def _count(self, key: CodeKey, kind: str, limit: int, window: float) -> None:
        before = self._attempts(key, kind, window)
        if before >= limit:
            raise errors.attempt_limit()
        if before:
            self._db.execute(
                f"UPDATE attempts SET count = count + 1 {_OF_KEY} AND kind = ?",
                (*key.row(), kind),
            )
            return
        self._db.execute(
            "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, 1)", (*key.row(), kind, self._clock.now())
        )

    def _forget_the_old(self, now: float) -> None:
        self._db.execute("DELETE FROM codes WHERE expires <= ?", (now,))
        self._db.execute("DELETE FROM attempts WHERE since <= ?", (now - limits.ISSUE_WINDOW_SECONDS,))


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.sha256(salt + code.encode()).digest()
