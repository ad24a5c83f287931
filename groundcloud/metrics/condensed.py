"""Many values of one metric as fewer, so that every statistic stays what it was, percentiles by a hundredth. Pure."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

_STEP = 0.01
"""How far apart values may be that become one, as a share of themselves; twice as far as often as is needed."""


def condensed(values: Mapping[float, float], most: int) -> dict[float, float]:
    """`most` values at most, 4 or more, each with its count, of `values` with theirs: the smallest and the largest as
    they were, neighbours between them as their mean. Count, sum, minimum and maximum are kept."""
    if len(values) <= most:
        return dict(values)
    step = _STEP
    while len(groups := _grouped(values, step)) > most:
        step *= 2
    found: dict[float, float] = {}
    for count, total in groups.values():
        found[total / count] = found.get(total / count, 0.0) + count
    return found


def _grouped(values: Mapping[float, float], step: float) -> dict[Hashable, tuple[float, float]]:
    """Count and sum of each group."""
    ends = (min(values), max(values))
    groups: dict[Hashable, tuple[float, float]] = {}
    for value, count in values.items():
        group: Hashable = (value,) if value in ends else math.copysign(math.log1p(abs(value)), value) // step
        known, total = groups.get(group, (0.0, 0.0))
        groups[group] = (known + count, total + value * count)
    return groups
