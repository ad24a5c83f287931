"""The file's tables, and how it is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_VERSION = 4
_PAGE_BYTES = 16384
"""A trace is some five kilobytes: with SQLite's own 4 KB a batch writes three times as many pages."""

_SCHEMA = """
CREATE TABLE traces (
  id TEXT PRIMARY KEY, root TEXT, started REAL, ms REAL, kind TEXT, service TEXT, operation TEXT, resource TEXT,
  status INTEGER, outcome TEXT, error TEXT, account TEXT, region TEXT, caller TEXT, spans INTEGER, bytes INTEGER,
  ended REAL, functions TEXT, services TEXT, operations TEXT, resources TEXT, text TEXT
) WITHOUT ROWID;
CREATE INDEX traces_started ON traces (started, id);
CREATE TABLE spans (
  number INTEGER PRIMARY KEY, trace TEXT, id TEXT, parent TEXT, kind TEXT, service TEXT, operation TEXT, resource TEXT,
  function TEXT, account TEXT, region TEXT, caller TEXT, status INTEGER, outcome TEXT, started REAL, ms REAL,
  request_id TEXT, error TEXT, detail BLOB, text TEXT
);
CREATE INDEX spans_trace ON spans (trace);
CREATE TABLE lines (
  number INTEGER PRIMARY KEY, trace TEXT, span TEXT, time REAL, level TEXT, message TEXT, request_id TEXT,
  function TEXT
);
CREATE INDEX lines_trace ON lines (trace);
"""


_LOG_BYTES = 4 * 1024 * 1024
"""To which SQLite's write-ahead log is cut when all of it is in the file."""


def opened(file: Path) -> sqlite3.Connection:
    """A connection that writes, with the tables there. A file of another version, or one that is damaged, begins
    anew: traces can be done without."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _prepared(file)
    except sqlite3.DatabaseError:
        remove(file)
        return _prepared(file)


def remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _prepared(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        # What a crash of the machine takes is a few traces; what a crash of the cloud leaves is whole. First of all:
        # making the file would wait for the disk, too.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError("of another version")
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version={_VERSION}")
        connection.execute("SELECT count(*) FROM traces").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def reader(file: Path) -> sqlite3.Connection:
    """A connection that only reads, for other threads than the writer's."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA mmap_size=1073741824")
    connection.row_factory = sqlite3.Row
    return connection
