"""The door to SQLite for whoever writes: one thread, one connection, a transaction a batch."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from groundcloud.trace.jsontext import dumps
from groundcloud.trace.limits import KNOWN_TRACES, PRUNE_TRACES, SHRINK_PAGES
from groundcloud.trace.packing import Packer
from groundcloud.trace.record import LogLine, Record
from groundcloud.trace.schema import opened, remove
from groundcloud.trace.summary import Summary

_SPAN = (
    "INSERT INTO spans (trace, id, parent, kind, service, operation, resource, function, account, region, caller,"
    " status, outcome, started, ms, request_id, error, detail, text) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_TRACE = "INSERT OR REPLACE INTO traces VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_LINE = "INSERT INTO lines (trace, span, time, level, message, request_id, function) VALUES (?,?,?,?,?,?,?)"
_ROW = (
    "trace, id, parent, kind, service, operation, resource, function, account, region, caller, status, outcome,"
    " started, ms, request_id, error, text, length(detail)"
)
_SPAN_BYTES = 720
_LINE_BYTES = 230
_TRACE_BYTES = 1200
"""What rows weigh besides details and messages, indexes and half-empty pages included."""


class Store:
    """`spans` is how many are kept now, `size` what they take in the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection = opened(file)
        self._packer = Packer()
        # Of runs that a kill has ended: nothing will ever have their lines forgotten.
        self._connection.execute("DELETE FROM lines WHERE trace NOT IN (SELECT id FROM traces)")
        self._known: OrderedDict[str, Summary] = OrderedDict()
        self._changed: dict[str, Summary] = {}
        self._spans_put: list[tuple[object, ...]] = []
        self._lines_put: list[tuple[object, ...]] = []
        self._traces_put: set[str] = set()
        self._count()

    def _count(self) -> None:
        self.spans = self._connection.execute("SELECT coalesce(sum(spans), 0) FROM traces").fetchone()[0]

    # writing

    def begin(self) -> None:
        self._connection.execute("BEGIN")

    def add(self, record: Record) -> None:
        detail = self._packer.pack(dumps(record.detail))
        error = json.dumps(record.error) if record.error else None
        row = (
            record.trace, record.id, record.parent, record.kind, record.service, record.operation, record.resource,
            record.function, record.account, record.region, record.caller, record.status, record.outcome,
            record.started, record.ms, record.request_id, error, detail, record.text,
        )  # fmt: skip
        # Before the row is there: what is not known is read from the rows.
        summary = self._summary(record.trace)
        self._spans_put.append(row)
        self._traces_put.add(record.trace)
        size = len(detail) + _SPAN_BYTES
        summary.add(record, size)
        self.spans += 1

    def line(self, line: LogLine) -> None:
        row = (line.trace, line.span, line.time, line.level, line.message, line.request_id, line.function)
        size = len(line.message) + _LINE_BYTES
        self._summary(line.trace).bytes += size
        self._lines_put.append(row)
        self._traces_put.add(line.trace)

    def commit(self) -> list[Summary]:
        """The summaries that have changed, but for traces of which only lines are known yet."""
        changed = [summary for summary in self._changed.values() if summary.spans]
        self._changed = {}
        self._put()
        self._connection.executemany(_TRACE, (_row(summary) for summary in changed))
        self._connection.execute("COMMIT")
        while len(self._known) > KNOWN_TRACES:
            self._known.popitem(last=False)
        return changed

    def _put(self) -> None:
        """The rows that wait, all at once."""
        spans, self._spans_put = self._spans_put, []
        lines, self._lines_put = self._lines_put, []
        self._traces_put.clear()
        if spans:
            self._connection.executemany(_SPAN, spans)
        if lines:
            self._connection.executemany(_LINE, lines)

    def roll_back(self) -> None:
        """Forget the batch; what was known of traces is read anew."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._known.clear()
        self._changed.clear()
        self._spans_put.clear()
        self._lines_put.clear()
        self._traces_put.clear()
        self._count()

    def merge(self, trace: str, into: str, span: str, cause: str) -> None:
        """All of `trace`, whose span `span` was caused by `cause`, belongs to the trace `into`."""
        self._put()
        for table in ("spans", "lines"):
            self._connection.execute(f"UPDATE {table} SET trace = ? WHERE trace = ?", (into, trace))
        self._connection.execute("UPDATE spans SET parent = ? WHERE trace = ? AND id = ?", (cause, into, span))
        self._connection.execute("DELETE FROM traces WHERE id = ?", (trace,))
        for known in (trace, into):
            self._known.pop(known, None)
            self._changed.pop(known, None)
        self._summary(into)

    def _summary(self, trace: str) -> Summary:
        summary = self._known.get(trace)
        if summary is None:
            summary = self._known[trace] = self._read(trace)
        else:
            self._known.move_to_end(trace)
        self._changed[trace] = summary
        return summary

    def _may_have(self, trace: str) -> bool:
        """Whether there are rows of it."""
        if trace in self._traces_put:
            return True
        found = "SELECT EXISTS (SELECT 1 FROM spans WHERE trace = ?) OR EXISTS (SELECT 1 FROM lines WHERE trace = ?)"
        return bool(self._connection.execute(found, (trace, trace)).fetchone()[0])

    def _read(self, trace: str) -> Summary:
        """As the spans that are there make it; an empty one for a new trace."""
        if not self._may_have(trace):
            return Summary(trace)
        self._put()
        summary = Summary(trace)
        for row in self._connection.execute(f"SELECT {_ROW} FROM spans WHERE trace = ? ORDER BY number", (trace,)):
            record = Record(*row[:16])
            record.error, record.text = json.loads(row[16]) if row[16] else None, row[17]
            summary.add(record, row[18] + _SPAN_BYTES)
        lines = self._connection.execute(
            f"SELECT coalesce(sum(length(message) + {_LINE_BYTES}), 0) FROM lines WHERE trace = ?", (trace,)
        )
        summary.bytes += lines.fetchone()[0]
        return summary

    # forgetting

    def prune(self, *, max_spans: int, max_bytes: int, oldest: float) -> int:
        """Forget the oldest traces while there is too much of them, one step at a time; how many were forgotten."""
        found = [row[0] for row in self._oldest("started < ?", (oldest,))]
        if not found:
            spans, size = self.spans - max_spans, self.size - max_bytes
            for trace, count, weight in self._oldest("1", ()):
                if spans <= 0 and size <= 0:
                    break
                found.append(trace)
                spans, size = spans - count, size - weight - _TRACE_BYTES
        if found:
            self._forget(found)
        return len(found)

    @property
    def size(self) -> int:
        """Bytes of the file's pages that hold something."""
        pages, free, each = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * each)

    def _oldest(self, where: str, values: tuple[float, ...]) -> Iterable[tuple[str, int, int]]:
        query = f"SELECT id, spans, bytes FROM traces WHERE {where} ORDER BY started LIMIT {PRUNE_TRACES}"
        return self._connection.execute(query, values).fetchall()

    def _forget(self, traces: list[str]) -> None:
        self._connection.execute("BEGIN")
        for trace in traces:
            self.spans -= self._connection.execute("SELECT spans FROM traces WHERE id = ?", (trace,)).fetchone()[0]
            self._known.pop(trace, None)
            for table, column in (("spans", "trace"), ("lines", "trace"), ("traces", "id")):
                self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (trace,))
        self._connection.execute("COMMIT")
        self._shrink()

    def _shrink(self) -> None:
        """Give some free pages back. As a script: `execute` stops after the first of them."""
        self._connection.executescript(f"PRAGMA incremental_vacuum({SHRINK_PAGES})")

    def clear(self) -> None:
        """Forget everything by beginning another file: to delete as many rows as there may be, and to give their pages
        back, takes a good part of a second. Nobody else may have the file open. Raises `sqlite3.Error` and `OSError`;
        then nothing was forgotten."""
        self._connection.close()
        try:
            remove(self._file)
        finally:
            self._connection = opened(self._file)
        self._known.clear()
        self._changed.clear()
        self._count()

    def close(self) -> None:
        # While somebody reads it cannot: the next one who opens the file does it.
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._connection.close()


def _row(one: Summary) -> tuple[object, ...]:
    def several(names: dict[str, None]) -> str:
        return "\n" + "\n".join(names) + "\n" if names else ""

    return (
        one.id, one.root, one.started, one.ms, one.kind, one.service, one.operation, one.resource, one.status,
        one.outcome, json.dumps(one.error) if one.error else None, one.account, one.region, one.caller, one.spans,
        one.bytes, one.ended, several(one.functions), several(one.services), several(one.operations),
        several(one.resources), one.text,
    )  # fmt: skip
