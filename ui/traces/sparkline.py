"""How long the last requests took, as one small line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ui.readers.spans import Summary

WIDTH, HEIGHT = 120, 32


@dataclass(frozen=True)
class Sparkline:
    """`points` are those of an SVG polyline of 120 by 32, the oldest first; `faults` the points of what failed.
    Milliseconds."""

    count: int
    median_ms: float
    slowest_ms: float
    points: str
    faults: list[tuple[float, float]]


def sparkline(newest_first: list[Summary]) -> Sparkline | None:
    """None of fewer than two."""
    if len(newest_first) < 2:
        return None
    traces = newest_first[::-1]
    times = [each.duration_ms for each in traces]
    slowest = max(*times, 0.001)
    step = WIDTH / (len(times) - 1)
    points = [
        (round(n * step, 1), round(HEIGHT - 2 - took / slowest * (HEIGHT - 4), 1)) for n, took in enumerate(times)
    ]
    return Sparkline(
        count=len(times),
        median_ms=sorted(times)[len(times) // 2],
        slowest_ms=max(times),
        points=" ".join(f"{x},{y}" for x, y in points),
        faults=[point for point, trace in zip(points, traces, strict=True) if trace.outcome != "ok"],
    )
