"""The inbox: every mail and text message that left the cloud, kept in SQLite, newest `MAX_MESSAGES` of them.

Writes go to a write-ahead log without waiting for the disk (well under a millisecond), so they are made on the event
loop. Messages that were sent through SES are taken in whenever somebody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import astuple, fields
from pathlib import Path

from groundcloud import database
from groundcloud.clock import Clock
from groundcloud.ports import Mail
from groundcloud.signin import limits

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL COLLATE NOCASE,
    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, created REAL NOT NULL, source TEXT NOT NULL,
    code TEXT);
CREATE INDEX IF NOT EXISTS by_recipient ON messages (recipient, created);
CREATE TABLE IF NOT EXISTS taken (name TEXT PRIMARY KEY, until REAL NOT NULL);
"""
_COLUMNS = ", ".join(field.name for field in fields(Mail))
_INSERT = f"INSERT OR IGNORE INTO messages ({_COLUMNS}) VALUES ({', '.join('?' * len(fields(Mail)))})"

MailSource = Callable[[], Awaitable[list[Mail]]]
"""Everything that some other sender still remembers having sent."""


class Mailbox:
    """Implements `ports.Outbox`."""

    def __init__(self, path: Path, clock: Clock, source: MailSource | None = None) -> None:
        self._clock = clock
        self._source = source
        self._arrived = asyncio.Event()
        self._db = database.opened(path, _SCHEMA)

    def close(self) -> None:
        self._db.close()

    async def reset(self) -> None:
        """Empty, and with nothing taken in from SES, which forgets as well."""
        database.empty(self._db)

    async def deliver(self, mail: Mail) -> None:
        self._add([mail])

    async def messages(self, recipient: str = "", limit: int = limits.DEFAULT_LISTED, kind: str = "") -> list[Mail]:
        """Newest first; all recipients', or one's (upper and lower case are the same); of all kinds, or of one."""
        await self._ingest()
        wanted = {"recipient = ?": recipient, "kind = ?": kind}
        wanted = {term: value for term, value in wanted.items() if value}
        where = f"WHERE {' AND '.join(wanted)}" if wanted else ""
        return self._select(f"{where} ORDER BY created DESC, seq DESC LIMIT ?", *wanted.values(), limit)

    async def wait(self, recipient: str, after: float, timeout: float) -> Mail | None:
        """The oldest message newer than `after` (epoch seconds), waiting up to `timeout` seconds for it to come."""
        deadline = self._clock.monotonic() + timeout
        while True:
            arrived = self._arrived
            await self._ingest()
            where, values = ("AND recipient = ?", [recipient]) if recipient else ("", [])
            found = self._select(f"WHERE created > ? {where} ORDER BY created, seq LIMIT 1", after, *values)
            left = deadline - self._clock.monotonic()
            if found or left <= 0:
                return found[0] if found else None
            # Our own mail wakes us at once; what SES took is only seen by looking.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(arrived.wait(), min(left, limits.INGEST_POLL_SECONDS) if self._source else left)

    async def message(self, mail_id: str) -> Mail | None:
        await self._ingest()
        found = self._select("WHERE id = ?", mail_id)
        return found[0] if found else None

    async def clear(self) -> None:
        """Empty the inbox. What the source still remembers was taken in before, and does not come back."""
        await self._ingest()
        self._db.execute("DELETE FROM messages")

    async def _ingest(self) -> None:
        if self._source is None:
            return
        remembered = await self._source()
        taken = {name for (name,) in self._db.execute("SELECT name FROM taken")}
        fresh = sorted((mail for mail in remembered if mail.id not in taken), key=lambda mail: mail.created)
        if fresh:
            self._add(fresh)
            rows = [(mail.id, mail.created) for mail in fresh]
            self._db.executemany("INSERT OR REPLACE INTO taken VALUES (?, ?)", rows)
        forgotten = taken - {mail.id for mail in remembered} if remembered else set()
        self._db.executemany("DELETE FROM taken WHERE name = ?", [(name,) for name in forgotten])

    def _add(self, mails: Iterable[Mail]) -> None:
        self._db.executemany(_INSERT, [astuple(mail) for mail in mails])
        self._db.execute(
            "DELETE FROM messages WHERE seq <= (SELECT MAX(seq) FROM messages) - ?", (limits.MAX_MESSAGES,)
        )
        self._arrived.set()
        self._arrived = asyncio.Event()

    def _select(self, rest: str, *values: object) -> list[Mail]:
        return [Mail(*row) for row in self._db.execute(f"SELECT {_COLUMNS} FROM messages {rest}", values)]
