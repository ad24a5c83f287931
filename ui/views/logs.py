"""Logs: what the functions log, as they log it, each line with the way to its trace."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Response, abort, request

from ui.doors import console, scope
from ui.readers.logs import MOST_GROUPS, LogReader
from ui.readers.types import Log
from ui.screens import Screen
from ui.streams import event_stream

screen = Screen("logs", "Logs", icon="lines", key="l", summary="What the functions log, with the way to each trace")

ON_PAGE = 100
LEVELS = ("ERROR", "WARN", "INFO", "DEBUG", "PLATFORM")
FILTERS = {
    "q": "Text in a line",
    "level": "ERROR, WARN, INFO, DEBUG or PLATFORM (what Lambda itself writes)",
    "function": "Only lines of this function",
    "request": "Only lines of the run with this request id",
}


@dataclass(frozen=True)
class Logs:
    """The last lines that pass the filter, newest first; `older` is the time in epoch seconds before which the older
    ones are; `version` changes with the list."""

    lines: list[Log]
    functions: list[str]
    read_all: bool
    filters: dict[str, str]
    older: str
    version: str


@screen.page("/logs", "logs.html", query={**FILTERS, "before": "Only lines before these epoch seconds"})
def tail() -> Logs:
    """What the functions logged, newest first."""
    filters = {name: request.args[name].strip() for name in FILTERS if request.args.get(name, "").strip()}
    reader, wanted = LogReader(console().aws), scope()
    groups = reader.functions(wanted)
    chosen = {name: group for name, group in groups.items() if filters.get("function", name) == name}
    found = reader.newest(wanted, chosen, _before(), ON_PAGE, lambda line: _passes(line, filters))
    older = f"{found[-1].time:.3f}" if len(found) == ON_PAGE else ""
    read = len(chosen) <= MOST_GROUPS
    return Logs(found, sorted(groups), read, filters, older, f"{found[0].time:.3f}-{len(found)}" if found else "0")


@screen.part("/logs/line")
def line() -> Response:
    """What a function logged within one millisecond, as plain text: the whole of a line that the page shortens."""
    at = _before()
    reader, function = LogReader(console().aws), request.args.get("function", "")
    group = reader.functions(scope()).get(function)
    found = reader.between(scope(), function, group, at, at) if group else []
    return Response("\n".join(each.message for each in found), content_type="text/plain; charset=utf-8")


@screen.part("/logs/stream")
def stream() -> Response:
    """An event for each line that a function writes."""
    wanted = scope()
    params = {"function": request.args.get("function", ""), "account": wanted.account, "region": wanted.region}
    return event_stream("/logs/stream", params)


def _before() -> float:
    given = request.args.get("before", "")
    try:
        return float(given) if given else time.time() + 1
    except ValueError:
        abort(400, "before is a time in epoch seconds.")


def _passes(line: Log, filters: dict[str, str]) -> bool:
    return (
        filters.get("q", "").lower() in line.message.lower()
        and filters.get("level", line.level) == line.level
        and filters.get("request", line.request_id) == line.request_id
    )
