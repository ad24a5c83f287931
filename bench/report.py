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

RESULTS = Path(__file__).with_name("results")
OURS, PEER = "groundcloud", "ministack"
Runs = dict[str, dict[str, list[list[float]]]]
"""subject → figure → one list of samples a run."""

GOALS = {
    "POST logging handler": 0.45,
    "POST silent handler": 0.1,
    "PutItem by boto3": 1.0,
}
"""Figure → what ours may be at most, as a share of the peer's p50."""


@dataclass(frozen=True)
class Row:
    """One figure; p50 and p95 are medians over the runs, in `unit`; `ratio` ours to the peer's p50."""

    figure: str
    unit: str
    ours_p50: float
    ours_p95: float
    peer_p50: float
    peer_p95: float
    ratio: float
    goal: float | None

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return f"met (≤ {self.goal})" if self.ratio <= self.goal else f"MISSED (≤ {self.goal})"


def rows(runs: Runs) -> list[Row]:
    """A row for each figure that both subjects have."""
    result = []
    for figure in runs[OURS]:
        ours, peer = runs[OURS][figure], runs[PEER][figure]
        ours_p50, peer_p50 = _median_of(ours, 0.5), _median_of(peer, 0.5)
        unit = "MB" if "memory" in figure else "ms"
        result.append(
            Row(
                figure,
                unit,
                ours_p50,
                _median_of(ours, 0.95),
                peer_p50,
                _median_of(peer, 0.95),
                ours_p50 / peer_p50,
                GOALS.get(figure),
            )
        )
    return result


def _median_of(runs: list[list[float]], share: float) -> float:
    return statistics.median(percentile(samples, share) for samples in runs)


def percentile(samples: list[float], share: float) -> float:
    """The smallest sample that at least `share` of all do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


def show(found: list[Row], runs: int) -> None:
    """Print the table."""
    table = Table(title=f"Groundcloud against ministack alone: medians of {runs} interleaved runs")
    for heading in ("figure", "ours p50", "p95", "per second", "ministack p50", "p95", "per second", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading in ("figure", "goal") else "right", no_wrap=True)
    for row in found:
        table.add_row(
            row.figure,
            f"{row.ours_p50:.2f} {row.unit}",
            f"{row.ours_p95:.2f}",
            _rate(row.ours_p50, row.unit),
            f"{row.peer_p50:.2f} {row.unit}",
            f"{row.peer_p95:.2f}",
            _rate(row.peer_p50, row.unit),
            f"{row.ratio:.2f}x",
            row.verdict,
        )
    Console(width=150).print(table)


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
        "rows": [{**asdict(row), "verdict": row.verdict} for row in found],
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
