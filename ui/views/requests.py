"""Requests: every call of the cloud as it happens, what it caused, and sending it again."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console
from ui.forms import header_lines
from ui.readers.spans import MASK, Span, Summary, Trace, Traces
from ui.readers.types import CloudRefused, Log, Scope
from ui.readers.wire import Outgoing, new_trace_id
from ui.screens import Screen
from ui.streams import event_stream
from ui.traces.commands import commands_of
from ui.traces.comparison import Line, Step, difference, steps
from ui.traces.replay import Draft, draft_of, for_another_body
from ui.traces.waterfall import Row, root_of, waterfall

screen = Screen(
    "requests", "Requests", icon="flow", key="r", summary="Every call, what it caused, and sending it again"
)

FILTERS = {
    "q": "Text in an address, a name or a request id",
    "status": "ok, error or denied",
    "service": "Only traces that used this service",
    "operation": "Only traces with this operation",
    "resource": "Only traces that used this resource",
    "function": "Only traces in which this function ran",
    "minMs": "Only traces that took at least so many milliseconds",
    "since": "Only traces begun after these epoch seconds",
}
ON_PAGE = 50
SIMILAR = 8
RECORDED_WITHIN = 5.0
"""Seconds to wait until a request that was sent again is in the store."""


@dataclass(frozen=True)
class Requests:
    """The newest traces that pass the filter; `older` is the cursor of the next page; `version` changes with the
    list. `off` says why there are none at all."""

    traces: list[Summary]
    filters: dict[str, str]
    older: str
    version: str
    off: str = ""


@dataclass(frozen=True)
class Opened:
    """One trace: its steps as rows, the one that is looked at, what was logged, and other runs of the same call."""

    trace: Trace
    rows: list[Row]
    root: Span
    chosen: Span
    logs: list[Log]
    similar: list[Summary]
    replayable: bool
    was: str


@dataclass(frozen=True)
class Edited:
    """A recorded request, ready to be changed and sent."""

    trace_id: str
    span: Span
    draft: Draft
    headers: str


@dataclass(frozen=True)
class Compared:
    """Two runs: their steps, and how the payloads of the first step that both have differ."""

    first: Span
    second: Span
    first_id: str
    second_id: str
    steps: list[Step]
    requests: list[Line]
    responses: list[Line]


@screen.page("/requests", "requests.html", query={**FILTERS, "before": "The cursor of an older page"})
def calls() -> Requests:
    """Traces, newest first."""
    filters = {name: request.args[name].strip() for name in FILTERS if request.args.get(name, "").strip()}
    asked = {**filters, "before": request.args.get("before", ""), "account": request.args.get("account", "")}
    try:
        traces, older = _traces().newest(asked, ON_PAGE)
    except CloudRefused as error:
        if error.status != 404:
            raise
        return Requests([], filters, "", "0", off=str(error))
    version = f"{traces[0].trace_id}-{len(traces)}-{sum(each.spans for each in traces)}" if traces else "0"
    return Requests(traces, filters, older, version)


@screen.page("/requests/<trace_id>", "request.html", query={"span": "The step to look at", "was": "The run before"})
def one(trace_id: str) -> Opened:
    """One trace with every step of it."""
    trace = _trace(trace_id)
    root = root_of(trace.spans)
    chosen = _span(trace, request.args.get("span", "")) or root
    was = request.args.get("was", "")
    logs = sorted(trace.logs, key=lambda each: each.time)
    replayable = draft_of(chosen) is not None
    return Opened(trace, waterfall(trace.spans), root, chosen, logs, _similar(trace, root), replayable, was)


@screen.page("/requests/<trace_id>/edit", "edit_request.html", query={"span": "The step to send again"})
def edit(trace_id: str) -> Edited:
    """A recorded request, to be changed and sent again."""
    span, draft = _draft(trace_id, request.args.get("span", ""))
    headers = "\n".join(f"{name}: {value}" for name, value in draft.outgoing.headers)
    return Edited(trace_id, span, draft, headers)


@screen.page("/compare", "compare.html", query={"a": "The trace id of one run", "b": "That of the other"})
def compare() -> Compared:
    """Two runs next to each other."""
    first, second = _trace(request.args.get("a", "")), _trace(request.args.get("b", ""))
    found = steps(first.spans, second.spans)
    one, other = root_of(first.spans), root_of(second.spans)
    # A run of a step within the other begins with that step: its payloads are the ones to compare.
    pair = next((each for each in found if each.first and each.second), None)
    payloads = (pair.first, pair.second) if pair else (one, other)
    return Compared(
        one,
        other,
        first.trace_id,
        second.trace_id,
        found,
        difference(*(each.request.body if each and each.request else "" for each in payloads)),
        difference(*(each.response.body if each and each.response else "" for each in payloads)),
    )


@screen.action("/requests/<trace_id>/replay", fields={"span": "The step to send again"})
def replay(trace_id: str) -> ResponseReturnValue:
    """Send a recorded request again as it was."""
    span, draft = _draft(trace_id, request.form.get("span", ""))
    if draft.missing:
        flash("The trace does not have all of this request: complete it and send it.")
        return redirect(url_for("requests.edit", trace_id=trace_id, span=span.span_id), 303)
    if draft.note:
        flash(draft.note)
    return _sent(draft.outgoing, trace_id)


EDITABLE = {
    "span": "The step whose account and region are meant",
    "method": "GET, POST, …",
    "host": "The Host header",
    "url": "Path and query",
    "headers": "One a line, as name: value",
    "body": "The whole body",
    "sign_for": "The service for which the administrator signs it; empty to send it as it is",
}


@screen.action("/requests/<trace_id>/send", fields=EDITABLE)
def send(trace_id: str) -> ResponseReturnValue:
    """Send a request that was changed."""
    span, draft = _draft(trace_id, request.form.get("span", ""))
    form = {name: request.form.get(name, "") for name in EDITABLE}
    if not form["url"].startswith("/"):
        abort(400, "An address begins with /: requests are sent to this cloud only.")
    if not form["method"].isalpha():
        abort(400, "A method is a word like GET.")
    if MASK in form["url"] + form["headers"] + ("" if draft.note else form["body"]):
        abort(400, f"{MASK} still stands where a secret stood: type it in, or take it away.")
    body = form["body"].replace("\r\n", "\n")
    try:
        headers = header_lines(form["headers"])
    except ValueError as error:
        abort(400, str(error))
    if body != draft.outgoing.body.replace("\r\n", "\n"):
        headers = for_another_body(headers)
    scope = Scope(span.account, span.region)
    outgoing = Outgoing(form["method"].upper(), form["host"], form["url"], headers, body, form["sign_for"], scope)
    return _sent(outgoing, trace_id)


@screen.part("/requests/stream")
def stream() -> Response:
    """An event for each trace that ends or grows."""
    return event_stream("/traces/stream", {})


@screen.part("/requests/<trace_id>/commands")
def commands(trace_id: str) -> ResponseReturnValue:
    """The step as commands to paste."""
    span = _span(_trace(trace_id), request.args.get("span", ""))
    draft = draft_of(span) if span else None
    found = commands_of(span, console().settings.endpoint) if span else []
    return render_template("commands.html", commands=found, missing=draft.missing if draft else [])


@screen.part("/requests/<trace_id>/payload")
def payload(trace_id: str) -> ResponseReturnValue:
    """All that was kept of a body, as plain text."""
    span = _span(_trace(trace_id), request.args.get("span", ""))
    side = span and (span.response if request.args.get("side") == "response" else span.request)
    if not side:
        abort(404, "This step has no such payload.")
    return Response(side.body, content_type="text/plain; charset=utf-8")


@screen.part("/requests/of/<request_id>")
def of(request_id: str) -> ResponseReturnValue:
    """To the trace in which a request id stands; log lines lead here."""
    found, _ = _traces().newest({"q": request_id}, 1)
    if not found:
        abort(404, "No trace has this request id: it is too old, or traces were off.")
    return redirect(url_for("requests.one", trace_id=found[0].trace_id) + "#logs")


def _traces() -> Traces:
    return Traces(console().control)


def _trace(trace_id: str) -> Trace:
    found = _traces().find(trace_id) if trace_id else None
    if found is None or not found.spans:
        abort(404, "No such trace. The oldest are forgotten when there are too many.")
    return found


def _span(trace: Trace, span_id: str) -> Span | None:
    return trace.by_id.get(span_id)


def _similar(trace: Trace, root: Span) -> list[Summary]:
    found, _ = _traces().newest({"service": root.service, "operation": root.operation}, SIMILAR + 1)
    return [each for each in found if each.trace_id != trace.trace_id][:SIMILAR]


def _draft(trace_id: str, span_id: str) -> tuple[Span, Draft]:
    trace = _trace(trace_id)
    span = _span(trace, span_id) or root_of(trace.spans)
    draft = draft_of(span)
    if draft is None:
        abort(404, "Nothing was recorded of this step that could be sent again.")
    return span, draft


def _is_whole(trace: Trace | None) -> bool:
    """The first step is recorded last: when the whole answer is under way."""
    return trace is not None and any(each.kind == "request" and not each.parent_id for each in trace.spans)


def _sent(outgoing: Outgoing, was: str) -> ResponseReturnValue:
    """Send it, wait until it is in the store, and lead to its trace."""
    trace_id = new_trace_id(secrets.token_hex)
    status = console().wire.send(outgoing, trace_id)
    flash(f"Sent again: {status}.")
    traces, deadline = _traces(), time.monotonic() + RECORDED_WITHIN
    while not _is_whole(traces.find(trace_id)):
        if time.monotonic() > deadline:
            flash("It was not recorded: are traces on?")
            return redirect(url_for("requests.one", trace_id=was), 303)
        time.sleep(0.05)
    return redirect(url_for("requests.one", trace_id=trace_id, was=was), 303)
