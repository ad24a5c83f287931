"""What users sign in with: passwords (never themselves), authenticator secrets; and which user a name means.

The engine keeps users and their attributes; this keeps, in SQLite, what proves who they are. A password is kept as an
SRP verifier and as a salted hash for the flows that send the password itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from groundcloud import database
from groundcloud.clock import Clock
from groundcloud.signin import limits, srp

_SCHEMA = """
CREATE TABLE IF NOT EXISTS passwords (
    pool TEXT NOT NULL, subject TEXT NOT NULL, salt TEXT NOT NULL, verifier TEXT NOT NULL, digest BLOB NOT NULL,
    since REAL NOT NULL, PRIMARY KEY (pool, subject)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used_passwords (
    number INTEGER PRIMARY KEY, pool TEXT NOT NULL, subject TEXT NOT NULL, salt TEXT NOT NULL, digest BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS used_by_user ON used_passwords (pool, subject);
CREATE TABLE IF NOT EXISTS authenticators (
    pool TEXT NOT NULL, subject TEXT NOT NULL, secret TEXT NOT NULL DEFAULT '', pending TEXT NOT NULL DEFAULT '',
    device TEXT NOT NULL DEFAULT '', used_step INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (pool, subject)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (
    pool TEXT NOT NULL, name TEXT NOT NULL, username TEXT NOT NULL, PRIMARY KEY (pool, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS clients (client TEXT PRIMARY KEY, feature TEXT NOT NULL, grace INTEGER NOT NULL);
"""
_OF_USER = "WHERE pool = ? AND subject = ?"


@dataclass(frozen=True)
class Password:
    """`salt` and `verifier` are SRP's; `since` is when it was set, epoch seconds."""

    salt: str
    verifier: int
    digest: bytes
    since: float

    def is_(self, password: str) -> bool:
        return hmac.compare_digest(self.digest, _digest(self.salt, password))


NOBODYS = Password("", 0, b"", 0.0)
"""No password is this one; finding that out takes as long as with a user's."""


@dataclass(frozen=True)
class Authenticator:
    """`secret` is the one in use, `pending` one that waits for its first code; both empty without."""

    secret: str = ""
    pending: str = ""
    device: str = ""
    used_step: int = 0


class Credentials:
    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._db = database.opened(path, _SCHEMA)

    def close(self) -> None:
        self._db.close()

    def set_password(self, pool: str, subject: str, username: str, password: str) -> None:
        salt = srp.new_salt()
        row = (pool, subject, salt, format(srp.verifier(pool, username, password, salt), "x"))
        values = (*row, _digest(salt, password), self._clock.now())
        self._db.execute("INSERT OR REPLACE INTO passwords VALUES (?, ?, ?, ?, ?, ?)", values)
        self._note_used(pool, subject)

    def _note_used(self, pool: str, subject: str) -> None:
        self._db.execute(
            f"INSERT INTO used_passwords (pool, subject, salt, digest) "
            f"SELECT pool, subject, salt, digest FROM passwords {_OF_USER}",
            (pool, subject),
        )
        self._db.execute(
            f"DELETE FROM used_passwords {_OF_USER} AND number NOT IN "
            f"(SELECT number FROM used_passwords {_OF_USER} ORDER BY number DESC LIMIT ?)",
            (pool, subject, pool, subject, limits.MAX_PASSWORD_HISTORY),
        )

    def was_used(self, pool: str, subject: str, password: str, count: int) -> bool:
        """Whether it is one of the user's last `count` passwords."""
        rows = self._db.execute(
            f"SELECT salt, digest FROM used_passwords {_OF_USER} ORDER BY number DESC LIMIT ?", (pool, subject, count)
        )
        return any(hmac.compare_digest(digest, _digest(salt, password)) for salt, digest in rows)

    def password(self, pool: str, subject: str) -> Password | None:
        """None for a user whose password was never set through this part."""
        found = self._db.execute(
            f"SELECT salt, verifier, digest, since FROM passwords {_OF_USER}", (pool, subject)
        ).fetchone()
        return Password(found[0], int(found[1], 16), found[2], found[3]) if found else None

    def authenticator(self, pool: str, subject: str) -> Authenticator:
        found = self._db.execute(
            f"SELECT secret, pending, device, used_step FROM authenticators {_OF_USER}", (pool, subject)
        ).fetchone()
        return Authenticator(*found) if found else Authenticator()

    def set_authenticator(self, pool: str, subject: str, kept: Authenticator) -> None:
        values = (pool, subject, kept.secret, kept.pending, kept.device, kept.used_step)
        self._db.execute("INSERT OR REPLACE INTO authenticators VALUES (?, ?, ?, ?, ?, ?)", values)

    def forget(self, pool: str, subject: str, username: str) -> None:
        """The user is gone."""
        for table in ("passwords", "used_passwords", "authenticators"):
            self._db.execute(f"DELETE FROM {table} {_OF_USER}", (pool, subject))
        self._db.execute("DELETE FROM names WHERE pool = ? AND username = ?", (pool, username))

    def note_name(self, pool: str, name: str, username: str) -> None:
        """Remember that `name` (an alias) means `username`; whoever asks checks that it is still so."""
        self._db.execute("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", (pool, name, username))

    def username_of(self, pool: str, name: str) -> str | None:
        found = self._db.execute("SELECT username FROM names WHERE pool = ? AND name = ?", (pool, name)).fetchone()
        return str(found[0]) if found else None

    def note_rotation(self, client: str, feature: str, grace: int) -> None:
        """An app client's RefreshTokenRotation, which the engine does not keep."""
        self._db.execute("INSERT OR REPLACE INTO clients VALUES (?, ?, ?)", (client, feature, grace))

    def rotation(self, client: str) -> tuple[str, int] | None:
        """``(feature, grace seconds)`` of an app client, or None when it was never set."""
        found = self._db.execute("SELECT feature, grace FROM clients WHERE client = ?", (client,)).fetchone()
        return (str(found[0]), int(found[1])) if found else None

    def secret(self, name: str) -> bytes:
        """A random secret of this cloud, made when it is first asked for and the same ever after."""
        fresh = secrets.token_bytes(32)
        self._db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, fresh))
        return bytes(self._db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0])


def _digest(salt: str, password: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), bytes.fromhex(salt), limits.PASSWORD_HASH_ROUNDS)
