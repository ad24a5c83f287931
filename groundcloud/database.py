"""Our SQLite files. Writes go to a write-ahead log without waiting for the disk, well under a millisecond, so they are
made on the event loop."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from pathlib import Path


def opened(path: Path, schema: str) -> sqlite3.Connection:
    """A connection with the tables of `schema`, which must make them only where they are missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    # The first start would wait for the disk several times for each file and table. What it makes, the next does again
    # if a crash of the machine took it; nothing else is written meanwhile.
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(schema)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def empty(connection: sqlite3.Connection, keep: Collection[str] = ()) -> None:
    """Delete every row of every table but those in `keep`."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    connection.execute("BEGIN")
    for (name,) in names.fetchall():
        if name not in keep:
            connection.execute(f'DELETE FROM "{name}"')
    connection.execute("COMMIT")
