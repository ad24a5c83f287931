"""Which state an alarm belongs in. The tables are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: five periods, the oldest
first, ``X`` breaching, ``0`` not, ``-`` missing.
"""

from __future__ import annotations

import json

import pytest

from groundcloud.metrics.alarm import Point, Rule, evaluate, window

NOW = 1_795_253_430.0  # half a minute into a period
KEPT = "OK"


def rule(needed=3, periods=3, missing="missing", comparison="GreaterThanThreshold", statistic="Sum"):
    return Rule(statistic, comparison, 5.0, 60, periods, needed, missing)


def points_of(rule, line, running=None):
    start, _ = window(rule, NOW)
    values = {"X": 9.0, "0": 1.0}
    points = [Point(start + 60 * index, values[mark]) for index, mark in enumerate(line.split()) if mark != "-"]
    return points if running is None else [*points, Point(NOW // 60 * 60, running)]


def state_after(rule, line, state, running=None):
    verdict = evaluate(rule, state, points_of(rule, line, running), NOW)
    return verdict.state if verdict else state


THREE_OF_THREE = [
    ("0 - X - X", "OK", "OK", "OK", "OK"),
    ("0 - - - -", "OK", "OK", "OK", "OK"),
    ("- - - - -", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", "kept", "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", "OK", "OK", "ALARM", "OK"),
    ("- - - - 0", "OK", "OK", "ALARM", "OK"),
    ("- - - X -", "ALARM", "kept", "ALARM", "OK"),
]
CASES = [(needed, *row) for needed, rows in ((3, THREE_OF_THREE), (2, TWO_OF_THREE)) for row in rows]


@pytest.mark.parametrize("before", ["OK", "ALARM", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize(("needed", "line", "missing", "ignore", "breaching", "not_breaching"), CASES)
def test_missing_data(needed, line, missing, ignore, breaching, not_breaching, before):
    expected = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for treated, state in expected.items():
        after = state_after(rule(needed, missing=treated), line, before)
        assert after == (before if state == "kept" else state), treated


def test_one_late_breach_is_no_alarm_yet_when_missing_data_is_missing():
    assert state_after(rule(), "- - - - X", "INSUFFICIENT_DATA") == "INSUFFICIENT_DATA"


def test_a_running_period_counts_once_nothing_can_undo_its_breach():
    one = rule(1, 1, "notBreaching")
    assert state_after(one, "- - -", "OK", running=6.0) == "ALARM"
    assert state_after(one, "- - -", "INSUFFICIENT_DATA", running=1.0) == "OK"
    for statistic, comparison in (("Average", "GreaterThanThreshold"), ("Sum", "LessThanThreshold")):
        waits = rule(1, 1, "notBreaching", comparison, statistic)
        assert state_after(waits, "- - -", "OK", running=6.0 if statistic == "Average" else 1.0) == "OK"
    lowest = rule(1, 1, "notBreaching", "LessThanThreshold", "Minimum")
    assert state_after(lowest, "- - -", "OK", running=1.0) == "ALARM"


def test_an_alarm_ends_when_its_breach_is_out_of_reach():
    one = rule(1, 1, "notBreaching")
    assert state_after(one, "X - -", "ALARM") == "ALARM"
    assert state_after(one, "- - -", "ALARM") == "OK"


COMPARISONS = [
    ("GreaterThanThreshold", False, True),
    ("GreaterThanOrEqualToThreshold", True, True),
    ("LessThanThreshold", False, False),
    ("LessThanOrEqualToThreshold", True, False),
]


@pytest.mark.parametrize(("comparison", "at", "above"), COMPARISONS)
def test_comparisons(comparison, at, above):
    watched = rule(comparison=comparison)
    assert (watched.breaches(5.0), watched.breaches(6.0), watched.breaches(4.0)) == (at, above, not above)


def test_the_reason_is_in_cloudwatchs_words():
    one = rule(1, 1, "notBreaching", "GreaterThanOrEqualToThreshold")
    verdict = evaluate(one, "OK", points_of(one, "- - X"), NOW)
    assert verdict is not None
    assert verdict.reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (21/11/26 09:29:00)] was greater than or equal to the "
        "threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(verdict.data)
    assert (data["recentDatapoints"], data["threshold"], data["period"]) == ([9.0], 5.0, 60)
    back = evaluate(one, "ALARM", [], NOW)
    assert back is not None and back.reason == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )
    unknown = evaluate(rule(1, 1), "OK", [], NOW)
    assert unknown is not None and unknown.reason == "Insufficient Data: 1 datapoint was unknown."


def test_rules_come_from_described_alarms():
    described = {
        "MetricName": "Errors", "Namespace": "n", "Statistic": "Sum", "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5, "Period": 60, "EvaluationPeriods": 3, "TreatMissingData": "ignore",
    }  # fmt: skip
    assert Rule.from_description(described) == rule(missing="ignore")
    assert Rule.from_description(described | {"DatapointsToAlarm": 2}) == rule(2, missing="ignore")
    assert Rule.from_description(described | {"ExtendedStatistic": "p99"}) == rule(missing="ignore", statistic="p99")
    assert Rule.from_description({"Metrics": []}) is None
    assert Rule.from_description(described | {"ComparisonOperator": "GreaterThanUpperThreshold"}) is None
