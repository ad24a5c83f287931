"""The order and the bars of a trace's steps, and the line of latencies."""

from __future__ import annotations

from typing import Any

from tests.fakes import console_traces
from ui.readers.spans import Span, span, summary
from ui.traces.comparison import difference, steps
from ui.traces.sparkline import sparkline
from ui.traces.waterfall import root_of, waterfall


def step(name: str, parent: str | None, begin: float, took: float, **changes: Any) -> Span:
    return span(console_traces.span(name, parent, begin, took, **changes))


def test_bars_lie_between_start_and_end_of_the_whole() -> None:
    rows = waterfall([step("b", "a", 50, 50), step("a", None, 0, 100)])
    assert [(row.span_id, row.depth, row.left, row.width) for row in rows] == [("a", 0, 0, 100), ("b", 1, 50, 50)]


def test_a_step_that_outlives_the_first_makes_the_whole_longer() -> None:
    rows = waterfall([step("a", None, 0, 100), step("late", "a", 150, 50)])
    assert [(row.left, row.width) for row in rows] == [(0, 50), (75, 25)]


def test_a_step_of_no_time_can_be_seen_and_stays_within() -> None:
    (_, last) = waterfall([step("a", None, 0, 100), step("b", "a", 100, 0)])
    assert last.width > 0
    assert last.left + last.width <= 100


def test_orphans_and_circles_stand_at_the_top() -> None:
    rows = waterfall([step("x", "gone", 5, 1), step("p", "q", 6, 1), step("q", "p", 7, 1), step("a", None, 0, 9)])
    assert [row.span_id for row in rows] == ["a", "x", "p", "q"]
    assert waterfall([]) == []


def test_the_root_is_what_began() -> None:
    assert root_of([step("b", "a", 1, 1), step("a", None, 0, 5)]).span_id == "a"


def test_steps_of_two_runs_are_aligned() -> None:
    first = [step("a", None, 0, 9, service="s", operation="A"), step("b", "a", 1, 2, service="s", operation="B")]
    second = [step("x", None, 0, 12, service="s", operation="A"), step("y", "x", 1, 2, service="s", operation="C")]
    found = steps(first, second)
    assert [(each.label, each.first is None, each.second is None) for each in found] == [
        ("s A", False, False),
        ("s B", False, True),
        ("s C", True, False),
    ]
    assert found[0].change_ms == 3


def test_payloads_differ_by_lines_of_their_json() -> None:
    assert difference('{"a":1}', '{"a": 1}') == []
    assert [(line.sign, line.text) for line in difference('{"a":1}', '{"a":2}') if line.sign in "+-"] == [
        ("-", '  "a": 1'),
        ("+", '  "a": 2'),
    ]


def test_the_line_of_latencies() -> None:
    traces = [summary(console_traces.summary(durationMs=took)) for took in (30, 20, 10)]
    found = sparkline([*traces[:2], summary(console_traces.summary(durationMs=10, outcome="error"))])
    assert found is not None
    assert (found.count, found.median_ms, found.slowest_ms) == (3, 20, 30)
    assert found.points.split()[0] == "0.0,20.7"
    assert found.faults == [(0.0, 20.7)]
    assert sparkline(traces[:1]) is None
