"""The list of decisions: what was denied, what was allowed, or both."""

from __future__ import annotations

import pytest

from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, Decision, DecisionKind


@pytest.fixture
def log() -> DecisionLog:
    """Three decisions, of which the second was a denial."""
    log = DecisionLog()
    caller = Caller(CallerKind.USER, "arn:aws:iam::111122223333:user/ann", "111122223333")
    for action, kind in (
        ("s3:GetObject", DecisionKind.ALLOWED),
        ("s3:PutObject", DecisionKind.IMPLICIT_DENY),
        ("sqs:SendMessage", DecisionKind.ALLOWED),
    ):
        decision = Decision(AccessRequest(caller, action, "arn:aws:s3:::photos"), kind)
        log.add(1.0, "r", "s3:X", decision, "enforce", refused=not decision.allowed)
    return log


@pytest.mark.parametrize(
    ("allowed", "actions"),
    [
        (None, ["sqs:SendMessage", "s3:PutObject", "s3:GetObject"]),
        (True, ["sqs:SendMessage", "s3:GetObject"]),
        (False, ["s3:PutObject"]),
    ],
    ids=["both", "allowed", "denied"],
)
def test_what_is_asked_for_is_listed_newest_first(log: DecisionLog, allowed: bool | None, actions: list[str]) -> None:
    found = log.listed(allowed=allowed, wanted={}, after=0, limit=10)
    assert [each["action"] for each in found] == actions


def test_a_part_of_a_name_is_enough(log: DecisionLog) -> None:
    (found,) = log.listed(allowed=True, wanted={"action": "sendm", "resource": "photos"}, after=0, limit=10)
    assert found["action"] == "sqs:SendMessage" and found["allowed"]
