"""What is shown under a failed test: the calls that went wrong, with what the functions logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

import groundcloud
from groundcloud.errors import GroundcloudError, UserError
from groundcloud.testing.traces import Traces

_SHOWN = 3
_BODY = 300


WENT_WRONG = "calls to the cloud that went wrong"
LAST = "last calls to the cloud, none of which went wrong"


_OURS = Path(groundcloud.__file__).parent


def sentence(error: Exception) -> str:
    """What went wrong, and below it what to do about it."""
    return f"{error}\n{getattr(error, 'hint', '')}".rstrip()


def shorten(error: BaseException) -> None:
    """What was refused on purpose is shown where the test asked for it, with what to do about it, and not how the kit
    came to refuse it."""
    if not isinstance(error, (GroundcloudError, AssertionError)):
        return
    asking = None
    for frame in _frames(error.__traceback__):
        asking = asking if _OURS in Path(frame.tb_frame.f_code.co_filename).parents else frame
    if asking is not None and asking.tb_next is not None:
        asking.tb_next = None
        error.__cause__, error.__suppress_context__ = None, True
    if isinstance(error, UserError) and error.hint:
        error.add_note(error.hint)


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


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
    lines = list(_tree(roots, spans, 0, []))
    for entry in trace["logs"]:
        first, *rest = entry["message"].rstrip().splitlines() or [""]
        lines += [f"  log {entry['function'] or ''}: {first}", *(f"    {line}" for line in rest)]
    return "\n".join(lines)


def _tree(spans: Iterable[dict[str, Any]], every: list[dict[str, Any]], depth: int, told: list[str]) -> Iterable[str]:
    """`told` are the texts that stand above: what went wrong in a call went wrong for all that waited for it."""
    for span in sorted(spans, key=lambda one: one["startedAt"]):
        yield "  " * depth + _line(span)
        if span["outcome"] != "ok":
            yield from ("  " * depth + f"    {text}" for text in _reasons(span, told))
        below = [one for one in every if one.get("parentId") == span["spanId"] and one is not span]
        yield from _tree(below, every, depth + 1, told)


def _line(span: dict[str, Any]) -> str:
    what = f"{span['service']} {span['operation']} {span['resource'] or ''}".rstrip()
    return f"{span['status'] or '':>3} {what} ({span['durationMs']:.1f} ms)"


def _reasons(span: dict[str, Any], told: list[str]) -> Iterable[str]:
    error, decision, response = span.get("error"), span.get("decision"), span.get("response")
    message = str(error.get("message") or error.get("code")) if error else ""
    if error and _new(message, told):
        yield f"{error.get('code')}: {error.get('message')}"
    if decision and not decision.get("allowed"):
        denied = f"denied {decision.get('action')} on {decision.get('resource')}"
        yield f"{denied}: {decision['reason']}" if _new(str(decision.get("reason")), told) else denied
    body = str(response.get("body") or "") if response else ""
    if body and not (error and error.get("message")) and _new(body, told):
        yield body[:_BODY]


def _new(text: str, told: list[str]) -> bool:
    """Whether it stands in nothing that was told; from now on it does."""
    if any(text in each for each in told):
        return False
    told.append(text)
    return True
