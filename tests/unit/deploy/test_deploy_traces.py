"""Traces on a terminal."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from groundcloud.deploy.show_traces import show_trace, show_traces


def span(name: str, parent: str | None, **given: Any) -> dict[str, Any]:
    return {
        "spanId": name, "parentId": parent, "service": "dynamodb", "operation": "PutItem", "resource": "tasks",
        "function": None, "outcome": "ok", "error": None, "startedAt": 100.0, "durationMs": 10.0, "coldStart": False,
        "initMs": None, "decision": None, "logs": [], **given,
    }  # fmt: skip


def printed(show: Any, found: dict[str, Any], width: int = 200) -> list[str]:
    out = io.StringIO()
    show(found, Console(file=out, width=width, highlight=False))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_list_has_the_newest_last() -> None:
    one = {
        "traceId": "1-a", "startedAt": 100.0, "durationMs": 4.0, "service": "s3", "operation": "GetObject", "spans": 1,
        "functions": [],
        "resource": "[b]/k", "status": 403, "outcome": "denied", "error": {"code": "AccessDenied", "message": ""},
    }  # fmt: skip
    lines = printed(show_traces, {"traces": [one, {**one, "traceId": "1-b", "error": None, "outcome": "ok"}]})
    assert len(lines) == 3 and "1-b" in lines[1] and "1-a" in lines[2]
    assert "403 AccessDenied" in lines[2] and "[b]/k" in lines[2]


def test_a_list_on_a_narrow_terminal_cuts_nothing_off() -> None:
    ident = "1-6b01fd26-bced3502449e6aa7cd361ea7"
    one = {
        "traceId": ident, "startedAt": 100.0, "durationMs": 123456.7, "service": "execute-api", "spans": 4,
        "operation": "POST /tasks", "resource": "", "functions": ["app-CreateTask-8CE323F56080D"], "status": 201,
        "outcome": "ok", "error": None,
    }  # fmt: skip
    denied = {**one, "outcome": "denied", "status": 403, "error": {"code": "AccessDeniedException", "message": ""}}
    lines = printed(show_traces, {"traces": [denied, one]}, width=80)
    assert max(map(len, lines)) <= 80
    assert [line.split()[-1] for line in lines].count(ident) == 2
    assert "201" in lines[1] and "execute-api POST /tasks" in lines[1] and "app-CreateTask-8CE323F56080D" in lines[2]


def test_a_waterfall() -> None:
    missing = {"allowed": False, "action": "dynamodb:PutItem", "resource": "arn:t", "missing": {}}
    decision = {**missing, "missing": {"Effect": "Allow"}}
    error = {"code": "AccessDenied", "message": "no"}
    log = [{"level": "ERROR", "message": "[red]failed[/red]\n"}, {"level": "PLATFORM", "message": "START"}]
    found = {
        "traceId": "1-a",
        "spans": [
            span("a", None, service="execute-api", operation="POST /tasks", durationMs=40.0),
            span("b", "a", service="lambda", operation="Invoke", function="F", startedAt=100.02, durationMs=20.0,
                 coldStart=True, initMs=15.0, logs=log),
            span("c", "b", startedAt=100.03, outcome="denied", error=error, decision=decision),
            span("d", "gone", service="sqs", operation="SendMessage"),
        ],
    }  # fmt: skip
    lines = printed(show_trace, found)
    assert len(lines) == 6 and lines[0].startswith("1-a")
    assert "execute-api POST /tasks" in lines[1] and "█" * 24 in lines[1]
    assert "lambda Invoke F" in lines[2] and "cold 15 ms" in lines[2]
    assert "[red]failed[/red]" in lines[3]
    assert "missing: dynamodb:PutItem on arn:t" in lines[4] and "AccessDenied: no" in lines[4]
    assert "sqs SendMessage" in lines[5]
