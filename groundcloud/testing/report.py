"""What is shown under a failed test: the calls that went wrong, with what the functions logged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx

from groundcloud.errors import UserError
from groundcloud.testing.traces import Traces

_SHOWN = 3
_BODY = 300


WENT_WRONG = "calls to the cloud that went wrong"
LAST = "last calls to the cloud, none of which went wrong"


def notable_calls(traces: Traces) -> tuple[str, str]:
    """A heading, and the newest traces of the test that did not end well, else its newest ones; empty where there are
    none."""
    try:
        listed = traces.list(limit=50)
        wrong = [trace for trace in listed if trace["outcome"] != "ok"]
        shown = (wrong or listed)[:_SHOWN][::-1]
        heading = WENT_WRONG if wrong else LAST
        return heading, "\n\n".join(told(traces.get(trace["traceId"])) for trace in shown)
    except (UserError, httpx.TransportError) as error:
        return WENT_WRONG, f"(the cloud's traces cannot be shown: {error})"


def told(trace: dict[str, Any]) -> str:
    """A trace as a tree of its calls, and the lines logged in it."""
    spans = trace["spans"]
    known = {span["spanId"] for span in spans}
    roots = [span for span in spans if span.get("parentId") not in known]
    lines = list(_tree(roots, spans, 0))
    lines += [f"  log {entry['function'] or ''}: {entry['message'].rstrip()}" for entry in trace["logs"]]
    return "\n".join(lines)


def _tree(spans: Iterable[dict[str, Any]], every: list[dict[str, Any]], depth: int) -> Iterable[str]:
    for span in sorted(spans, key=lambda one: one["startedAt"]):
        yield "  " * depth + _line(span)
        if span["outcome"] != "ok":
            yield from ("  " * depth + f"    {text}" for text in _reasons(span))
        below = [one for one in every if one.get("parentId") == span["spanId"] and one is not span]
        yield from _tree(below, every, depth + 1)


def _line(span: dict[str, Any]) -> str:
    what = f"{span['service']} {span['operation']} {span['resource'] or ''}".rstrip()
    return f"{span['status'] or '':>3} {what} ({span['durationMs']:.1f} ms)"


def _reasons(span: dict[str, Any]) -> Iterable[str]:
    error, decision, response = span.get("error"), span.get("decision"), span.get("response")
    if error:
        yield f"{error.get('code')}: {error.get('message')}"
    if decision and not decision.get("allowed"):
        yield f"denied {decision.get('action')} on {decision.get('resource')}: {decision.get('reason')}"
    if response and response.get("body"):
        yield str(response["body"])[:_BODY]
