"""Medians of the runs, ratios to the peer, the table and the raw file."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import floor, hostile, request_path
from bench.figures.many_functions import AFTER, BEFORE

RESULTS = Path(__file__).with_name("results")
OURS, PEER = "groundcloud", "ministack"
Runs = dict[str, dict[str, list[list[float]]]]
"""subject → figure → one list of samples a run."""


@dataclass(frozen=True)
class Goal:
    """What ours may be at most, at `share`: `ratio` to the other, `limit` in the figure's own unit."""

    ratio: float | None = None
    limit: float | None = None
    share: float = 0.5

    def __str__(self) -> str:
        parts = [f"≤ {self.ratio:.3g}x"] if self.ratio is not None else []
        if self.limit is not None:
            parts.append(f"p{self.share * 100:.0f} ≤ {self.limit:g}")
        return ", ".join(parts)


GOALS = {
    "POST logging handler": Goal(1 / 3),
    "POST silent handler": Goal(1 / 15),
    "PutItem by boto3": Goal(1.0),
    "first call": Goal(1 / 4, limit=60),
    "8 clients, a request": Goal(1 / 3),
    "memory after calls": Goal(1 / 2),
    "save to new answer": Goal(limit=100, share=0.95),
    "POST against the floor": Goal(1.6),
    AFTER: Goal(1.1),
    **dict.fromkeys(map(hostile.beside, hostile.KINDS), Goal(2.0, share=0.95)),
    request_path.FIGURE: Goal(limit=0.35),
    "start to healthy": Goal(limit=1000),
}


@dataclass(frozen=True)
class Row:
    """One figure; p50 and p95 are medians over the runs, in `unit`; `ratio` is the median of the runs' own ratios of
    ours to `other`, at the goal's share."""

    figure: str
    unit: str
    ours_p50: float
    ours_p95: float
    other: str
    other_p50: float
    other_p95: float
    ratio: float
    goal: Goal | None

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        value = self.ours_p50 if self.goal.share == 0.5 else self.ours_p95
        met = (self.goal.ratio is None or self.ratio <= self.goal.ratio) and (
            self.goal.limit is None or value <= self.goal.limit
        )
        return f"{'met' if met else 'MISSED'} ({self.goal})"


def rows(runs: Runs) -> list[Row]:
    """A row for each figure: against the peer where both have it, and ours against a baseline of our own."""
    ours, peer = runs[OURS], runs[PEER]
    result = [_row(figure, ours[figure], PEER, peer[figure]) for figure in ours if figure in peer]
    if floor.FLOOR in ours:
        post = ours[floor.POST]
        result.append(_row("POST against the floor", post, "the same handler in-process", ours[floor.FLOOR]))
    if AFTER in ours:
        result.append(_row(AFTER, ours[AFTER], "before they were deployed", ours[BEFORE]))
    if hostile.ALONE in ours:
        beside = [figure for figure in map(hostile.beside, hostile.KINDS) if figure in ours]
        result += [_row(figure, ours[figure], "alone", ours[hostile.ALONE]) for figure in beside]
    if request_path.FIGURE in ours:
        post = ours["POST logging handler"]
        result.append(_row(request_path.FIGURE, ours[request_path.FIGURE], "POST logging handler, all of it", post))
    return result


def _row(figure: str, ours: list[list[float]], other: str, theirs: list[list[float]]) -> Row:
    ours_p50, other_p50 = _median_of(ours, 0.5), _median_of(theirs, 0.5)
    goal = GOALS.get(figure)
    share = goal.share if goal is not None and goal.ratio is not None else 0.5
    return Row(
        figure,
        "MB" if figure.startswith("memory ") else "ms",
        ours_p50,
        _median_of(ours, 0.95),
        other,
        other_p50,
        _median_of(theirs, 0.95),
        _median_ratio(ours, theirs, share),
        goal,
    )


def _median_ratio(ours: list[list[float]], theirs: list[list[float]], share: float) -> float:
    """Each run is compared with its own other half: the machine's speed changes from run to run."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(percentile(one, share) / percentile(other, share) for one, other in pairs)


def _median_of(runs: list[list[float]], share: float) -> float:
    return statistics.median(percentile(samples, share) for samples in runs)


def percentile(samples: list[float], share: float) -> float:
    """The smallest sample that at least `share` of all do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def show(found: list[Row], runs: int) -> None:
    """Print the table."""
    table = Table(title=f"Groundcloud, medians of {runs} interleaved runs")
    for heading in ("figure", "ours p50", "p95", "per second", "against", "p50", "p95", "per second", "ratio", "goal"):
        left = heading in ("figure", "goal", "against")
        table.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for row in found:
        table.add_row(
            row.figure,
            f"{row.ours_p50:.2f} {row.unit}",
            f"{row.ours_p95:.2f}",
            _rate(row.ours_p50, row.unit),
            row.other,
            f"{row.other_p50:.2f} {row.unit}",
            f"{row.other_p95:.2f}",
            _rate(row.other_p50, row.unit),
            f"{row.ratio:.2f}x",
            row.verdict,
        )
    Console(width=180).print(table)


def _rate(p50: float, unit: str) -> str:
    return f"{1000 / p50:.0f}" if unit == "ms" and p50 < 1000 else ""


def write(found: list[Row], runs: Runs, count: int) -> Path:
    """Write rows, samples, machine and versions as JSON; the file's path."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    content: dict[str, Any] = {
        "time": now.isoformat(timespec="seconds"),
        "machine": _machine(),
        "versions": {name: version(name) for name in ("groundcloud", "ministack", "boto3", "uvicorn", "uvloop")},
        "runs": count,
        "rows": [{**asdict(row), "goal": str(row.goal or ""), "verdict": row.verdict} for row in found],
        "samples": {
            subject: {
                figure: [[round(value, 3) for value in run] for run in samples] for figure, samples in figures.items()
            }
            for subject, figures in runs.items()
        },
    }
    path = RESULTS / f"{now:%Y-%m-%d-%H%M}.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    return path


def _machine() -> dict[str, str]:
    cpuinfo = Path("/proc/cpuinfo")
    model = (
        next(
            (
                line.partition(":")[2].strip()
                for line in cpuinfo.read_text().splitlines()
                if line.startswith("model name")
            ),
            platform.processor(),
        )
        if cpuinfo.exists()
        else platform.processor()
    )
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "processor": model,
        "cores": str(os.cpu_count()),
    }
