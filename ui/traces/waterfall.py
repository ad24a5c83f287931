"""The steps of a trace as rows: each under what caused it, as a bar between start and end of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ui.readers.spans import Span

NARROWEST = 0.4
"""Per cent of the width that a bar has at least, so that it can be seen."""


@dataclass(frozen=True)
class Row:
    """One step: how deep it hangs, and where its bar begins and how wide it is, in per cent."""

    span_id: str
    depth: int
    left: float
    width: float


def waterfall(spans: list[Span]) -> list[Row]:
    """Rows in the order in which things began, each after its parent. A step whose cause is not in the trace stands
    at the top, and so does what would hang under itself."""
    if not spans:
        return []
    begun = min(each.started_at for each in spans)
    ended = max(each.started_at + each.duration_ms / 1000 for each in spans)
    whole = max(ended - begun, 1e-6)
    rows = []
    for span, depth in _in_order(spans):
        left = min((span.started_at - begun) / whole * 100, 100 - NARROWEST)
        width = min(max(span.duration_ms / 10 / whole, NARROWEST), 100 - left)
        rows.append(Row(span.span_id, depth, round(left, 3), round(width, 3)))
    return rows


def in_order(spans: list[Span]) -> list[tuple[Span, int]]:
    """The same, without the bars: each step and how deep it hangs."""
    return list(_in_order(spans))


def root_of(spans: list[Span]) -> Span:
    """The step that everything began with."""
    return next(_in_order(spans))[0]


def _in_order(spans: list[Span]) -> Iterator[tuple[Span, int]]:
    known = {each.span_id for each in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda each: each.started_at):
        children.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)
    seen: set[str] = set()
    left = [(each, 0) for each in reversed(children.get("", []))]
    while left:
        span, depth = left.pop()
        seen.add(span.span_id)
        yield span, depth
        left += [(each, depth + 1) for each in reversed(children.get(span.span_id, [])) if each.span_id not in seen]
    yield from ((each, 0) for each in spans if each.span_id not in seen)
