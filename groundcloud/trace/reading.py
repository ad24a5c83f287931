"""The door to SQLite for whoever reads: called on a thread of its own, never on the event loop."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from groundcloud.trace.flows import Step, flows
from groundcloud.trace.limits import BUCKETS_MS, EXPORT_SPANS, FLOW_SPANS, MAX_LINES_SHOWN, MAX_SPANS_SHOWN
from groundcloud.trace.packing import unpack
from groundcloud.trace.query import Query, cursor
from groundcloud.trace.record import Record
from groundcloud.trace.schema import reader

_SUMMARY = (
    "id, started, ms, ended, kind, service, operation, resource, status, outcome, error, spans, functions, services,"
    " account, region, caller"
)
_RECORD = tuple(each.name for each in fields(Record) if each.name not in ("error", "detail", "text"))


class Reading:
    """One connection, used by one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: sqlite3.Connection | None = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = reader(self._file)
        return self._opened

    def listed(self, query: Query) -> dict[str, Any]:
        """Newest first, with the cursor of the next page."""
        sql = f"SELECT {_SUMMARY} FROM traces WHERE {query.where} ORDER BY started DESC, id DESC LIMIT ?"
        rows = self._connection.execute(sql, (*query.values, query.limit + 1)).fetchall()
        found = rows[: query.limit]
        more = cursor(found[-1]["started"], found[-1]["id"]) if len(rows) > query.limit else None
        return {"traces": [_summary(row) for row in found], "next": more}

    def trace(self, trace: str) -> dict[str, Any] | None:
        """One trace with everything in it, None when there is none."""
        sql = "SELECT * FROM spans WHERE trace = ? ORDER BY started, number LIMIT ?"
        rows = self._connection.execute(sql, (trace, MAX_SPANS_SHOWN)).fetchall()
        if not rows:
            return None
        lines = self._lines(trace)
        by_span: dict[str, list[dict[str, Any]]] = {}
        for line in lines:
            by_span.setdefault(line["spanId"], []).append(line)
        return {
            "traceId": trace,
            "spans": [_record(row).shown(by_span.get(row["id"], [])) for row in rows],
            "logs": lines,
        }

    def _lines(self, trace: str) -> list[dict[str, Any]]:
        sql = "SELECT * FROM lines WHERE trace = ? ORDER BY time, number LIMIT ?"
        return [
            {
                "time": row["time"],
                "level": row["level"],
                "message": row["message"],
                "requestId": row["request_id"],
                "function": row["function"],
                "spanId": row["span"],
            }
            for row in self._connection.execute(sql, (trace, MAX_LINES_SHOWN))
        ]

    def spans(self, query: Query) -> list[dict[str, Any]]:
        """The spans of every trace that is asked for, the oldest trace first, for an export."""
        sql = f"SELECT id FROM traces WHERE {query.where} ORDER BY started DESC, id DESC LIMIT ?"
        traces = [row["id"] for row in self._connection.execute(sql, (*query.values, query.limit))]
        found: list[dict[str, Any]] = []
        for trace in reversed(traces):
            whole = self.trace(trace)
            found += whole["spans"] if whole else []
            if len(found) >= EXPORT_SPANS:
                break
        return found[:EXPORT_SPANS]

    def flows(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        """What called what, of an ``account`` and ``region`` if given: in the newest `FLOW_SPANS` spans of all, because
        no more are looked at. What came through a distribution belongs to no account."""
        names = [name for name in ("account", "region") if wanted.get(name)]
        newest = "number > (SELECT max(number) FROM spans) - ?"
        where = " AND ".join((newest, *(f"{name} IN (?, '')" for name in names)))
        sql = f"SELECT {', '.join(Step._fields)} FROM spans WHERE {where} ORDER BY number DESC"
        rows = self._connection.execute(sql, (FLOW_SPANS, *(wanted[name] for name in names)))
        steps = [Step(*row) for row in rows]
        return {"spans": len(steps), "flows": [each.shown() for each in flows(steps)]}

    def stats(self) -> dict[str, Any]:
        """Counts, bytes on disk and latencies: of requests by service, in buckets of milliseconds."""
        counts = self._connection.execute(
            "SELECT count(*) AS traces, coalesce(sum(spans), 0) AS spans, min(started) AS oldest,"
            " max(started) AS newest, coalesce(sum(outcome = 'error'), 0) AS errors,"
            " coalesce(sum(outcome = 'denied'), 0) AS denied FROM traces"
        ).fetchone()
        lines = self._connection.execute("SELECT count(*) FROM lines").fetchone()[0]
        return {
            **dict(counts),
            "logLines": lines,
            "fileBytes": sum(_size(self._file, suffix) for suffix in ("", "-wal")),
            "buckets": list(BUCKETS_MS),
            "services": self._latencies(),
        }

    def _latencies(self) -> dict[str, Any]:
        bucket = " + ".join(f"(ms > {bound})" for bound in BUCKETS_MS)
        found = self._connection.execute(
            f"SELECT service, outcome, {bucket} AS bucket, count(*) FROM traces WHERE root <> '' GROUP BY 1, 2, 3"
        )
        services: dict[str, dict[str, Any]] = {}
        for service, outcome, number, count in found:
            empty = {"count": 0, "errors": 0, "denied": 0, "counts": [0] * (len(BUCKETS_MS) + 1)}
            one = services.setdefault(service, empty)
            one["count"] += count
            one["counts"][number] += count
            if outcome != "ok":
                one["errors" if outcome == "error" else "denied"] += count
        return services

    def close(self) -> None:
        """Until something is read again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _size(file: Path, suffix: str) -> int:
    found = file.with_name(file.name + suffix)
    return found.stat().st_size if found.exists() else 0


def _summary(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "traceId": row["id"],
        "startedAt": row["started"],
        "durationMs": round(row["ms"], 3),
        "endedAt": row["ended"],
        "kind": row["kind"],
        "service": row["service"],
        "operation": row["operation"],
        "resource": row["resource"],
        "status": row["status"],
        "outcome": row["outcome"],
        "error": json.loads(row["error"]) if row["error"] else None,
        "spans": row["spans"],
        "functions": row["functions"].split("\n")[1:-1],
        "services": row["services"].split("\n")[1:-1],
        "account": row["account"],
        "region": row["region"],
        "caller": row["caller"],
    }


def _record(row: sqlite3.Row) -> Record:
    record = Record(*(row[name] for name in _RECORD))
    record.error = json.loads(row["error"]) if row["error"] else None
    record.detail = json.loads(unpack(row["detail"]))
    return record
