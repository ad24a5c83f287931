from __future__ import annotations

from pathlib import Path

from groundcloud.database import opened

SCHEMA = "CREATE TABLE IF NOT EXISTS one (name TEXT); CREATE TABLE IF NOT EXISTS two (name TEXT)"


def test_a_file_keeps_its_rows_and_is_written_without_waiting_for_each(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "rows.sqlite"
    first = opened(file, SCHEMA)
    first.execute("INSERT INTO one VALUES ('a')")
    second = opened(file, SCHEMA)
    for connection in (first, second):
        assert connection.execute("SELECT name FROM one").fetchall() == [("a",)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        # 1 is NORMAL: only while the tables are made nothing at all is waited for.
        assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
        connection.close()
