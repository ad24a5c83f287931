"""Reads the traces of a test's account."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from groundcloud.trace.packing import unpack
from tests.fakes.lambda_world import wait_until

FILE = "traces.sqlite"


class Traces:
    """The control routes of one cloud, for one account."""

    def __init__(self, http: httpx.Client, account: str) -> None:
        self._http = http
        self._account = account

    def listed(self, **words: Any) -> list[dict[str, Any]]:
        params = {"account": self._account, "limit": 500, **words}
        answer = self._http.get("/_groundcloud/v1/traces", params=params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["traces"]
        return found

    def one(self, trace: str) -> dict[str, Any]:
        answer = self._http.get(f"/_groundcloud/v1/traces/{trace}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def of(self, function: str, *, spans: int = 1, **words: Any) -> dict[str, Any]:
        """The newest trace that the function is part of, once it has so many spans."""

        def is_there() -> bool:
            found = self.listed(function=function, **words)
            return bool(found) and found[0]["spans"] >= spans

        wait_until(is_there, f"a trace of {function} with {spans} spans", 30)
        return self.one(self.listed(function=function, **words)[0]["traceId"])


def details(home: Path) -> list[str]:
    """What the trace file of a cloud's `home` holds packed, as text."""
    with closing(sqlite3.connect(f"{(home / FILE).as_uri()}?mode=ro", uri=True)) as database:
        return [unpack(packed).decode() for (packed,) in database.execute("SELECT detail FROM spans")]


def recorded(home: Path) -> str:
    """All that the trace file of a cloud's `home` holds: its bytes as they are, and its packed details as text."""
    parts = [part for part in (home / FILE, home / f"{FILE}-wal") if part.exists()]
    return "\n".join([*(part.read_bytes().decode("latin-1") for part in parts), *details(home)])


def tree(trace: dict[str, Any]) -> dict[str, str]:
    """``service operation`` of each span → that of its parent."""
    names = {span["spanId"]: f"{span['service']} {span['operation']}" for span in trace["spans"]}
    return {names[span["spanId"]]: names.get(span["parentId"], "") for span in trace["spans"]}


def span_of(trace: dict[str, Any], operation: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [span for span in trace["spans"] if span["operation"] == operation]
    assert found, [span["operation"] for span in trace["spans"]]
    return found[0]
