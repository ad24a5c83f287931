"""Which state an alarm belongs in: from data points to a verdict, without I/O.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import json
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from groundcloud.metrics import limits

_OPERATORS = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
_ONLY_GROWS = frozenset({"Sum", "SampleCount", "Maximum"})
_TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching", "missing": "Missing", "ignore": "Ignored"}


@dataclass(frozen=True)
class Point:
    """The statistic of one period, which began at `start`, seconds since the epoch."""

    start: float
    value: float


@dataclass(frozen=True)
class Verdict:
    """A new state, and why in CloudWatch's words."""

    state: str
    reason: str
    data: str


@dataclass(frozen=True)
class Rule:
    """What an alarm watches for. `period` in seconds; `needed` of the latest `periods` points must breach."""

    statistic: str
    comparison: str
    threshold: float
    period: int
    periods: int
    needed: int
    missing: str

    @classmethod
    def from_description(cls, alarm: dict[str, Any]) -> Rule | None:
        """The rule of an alarm as DescribeAlarms gives it; None for alarms on expressions and on anomalies."""
        if not alarm.get("MetricName") or alarm.get("ComparisonOperator") not in _OPERATORS:
            return None
        periods = int(alarm.get("EvaluationPeriods") or 1)
        return cls(
            alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
            alarm["ComparisonOperator"],
            float(alarm["Threshold"]),
            int(alarm.get("Period") or 60),
            periods,
            int(alarm.get("DatapointsToAlarm") or periods),
            alarm.get("TreatMissingData") or "missing",
        )

    def breaches(self, value: float) -> bool:
        return bool(_OPERATORS[self.comparison][0](value, self.threshold))

    def breaches_for_good(self, value: float) -> bool:
        """Whether a period that still runs breaches already, and no further value (of a metric that is never negative)
        can undo it."""
        rising = self.comparison.startswith("Greater")
        final = self.statistic in _ONLY_GROWS if rising else self.statistic == "Minimum"
        return final and self.breaches(value)


def window(rule: Rule, now: float) -> tuple[float, float]:
    """From the start of the first period to the end of the running one, in seconds since the epoch."""
    running = now // rule.period * rule.period
    return running - (rule.periods + limits.EXTRA_PERIODS) * rule.period, running + rule.period


def evaluate(rule: Rule, state: str, points: Sequence[Point], now: float) -> Verdict | None:
    """The verdict on an alarm that is in `state`; None when it stays there."""
    line = _line(rule, points, now)
    new = _decide(rule, [None if point is None else rule.breaches(point.value) for point in line])
    if new is None or new == state:
        return None
    return Verdict(new, _reason(rule, state, new, line), _reason_data(rule, line, now))


def _line(rule: Rule, points: Sequence[Point], now: float) -> list[Point | None]:
    """One entry for each period, the newest first, None where nothing was measured. The period that still runs counts
    as soon as it breaches for good; otherwise it is left out."""
    start, end = window(rule, now)
    known = {round((point.start - start) // rule.period): point for point in points}
    total = round((end - start) / rule.period)
    running = known.get(total - 1)
    complete = [known.get(index) for index in range(total - 2, -1, -1)]
    if running is not None and rule.breaches_for_good(running.value):
        return [running, *complete[:-1]]
    return complete


def _decide(rule: Rule, line: Sequence[bool | None]) -> str | None:
    """The state for `line`, the newest first; None keeps the present one."""
    real = [breaching for breaching in line if breaching is not None][: rule.periods]
    breaching, absent = sum(real), rule.periods - len(real)
    if breaching >= rule.needed:
        return "ALARM"
    if absent == 0 or rule.missing == "notBreaching":
        return "OK"
    if rule.missing == "breaching":
        return "ALARM" if breaching + absent >= rule.needed else "OK"
    if not real:
        return None if rule.missing == "ignore" else "INSUFFICIENT_DATA"
    if not all(real):
        return "OK"
    # Every point there is breaches, but they are few. "ignore" keeps the state; otherwise it is an alarm once the
    # oldest of them is old enough that the missing ones could have made it one.
    oldest = max(index for index, value in enumerate(line) if value is not None) + 1
    return "ALARM" if rule.missing == "missing" and oldest >= rule.needed else None


def _reason(rule: Rule, old: str, new: str, line: Sequence[Point | None]) -> str:
    real = [point for point in line if point is not None][: rule.periods]
    if not real:
        return _reason_without_data(rule, new)
    telling = [point for point in real if rule.breaches(point.value) == (new == "ALARM")]
    listed = ", ".join(
        f"{point.value} ({datetime.fromtimestamp(point.start, UTC):%d/%m/%y %H:%M:%S})" for point in telling
    )
    were = "was" if len(telling) == 1 else "were"
    relation = _OPERATORS[rule.comparison][1] if new == "ALARM" else f"not {_OPERATORS[rule.comparison][1]}"
    least = rule.needed if new == "ALARM" else rule.periods - rule.needed + 1
    return (
        f"Threshold Crossed: {len(telling)} out of the last {len(real)} datapoints [{listed}] {were} {relation} "
        f"the threshold ({rule.threshold}) (minimum {least} datapoint{'s' if least > 1 else ''} for {old} -> {new} "
        "transition)."
    )


def _reason_without_data(rule: Rule, new: str) -> str:
    count, some = rule.periods, "s" if rule.periods > 1 else ""
    were = "were" if count > 1 else "was"
    if new == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {count} datapoint{some} {were} unknown."
    return (
        f"Threshold Crossed: no datapoints were received for {count} period{some} and {count} missing "
        f"datapoint{some} {were} treated as [{_TREATED_AS[rule.missing]}]."
    )


def _reason_data(rule: Rule, line: Sequence[Point | None], now: float) -> str:
    real = [point for point in line if point is not None][: rule.periods]

    def stamp(moment: float) -> str:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.000+0000}"

    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(now)}
    if real:
        data["startDate"] = stamp(real[-1].start)
    data |= {
        "statistic": rule.statistic,
        "period": rule.period,
        "recentDatapoints": [point.value for point in reversed(real)],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [{"timestamp": stamp(point.start), "value": point.value} for point in real],
    }
    return json.dumps(data)
