"""What a log group no longer retains is forgotten, stream by stream; the rest stays."""

from __future__ import annotations

import asyncio
from typing import Any

from groundcloud.metrics.retention import Retention
from groundcloud.ports import Scope, Scopes
from tests.fakes.fake_clock import FakeClock
from tests.fakes.fake_engine import SCOPE, FakeEngine

NOW = 1_800_000_000.0
DAY = 86_400


class OneScope(Scopes):
    def known(self) -> list[Scope]:
        return [SCOPE]


def test_streams_whose_last_event_is_too_old_are_emptied() -> None:
    engine = FakeEngine()
    groups = [{"logGroupName": "/kept"}, {"logGroupName": "/week", "retentionInDays": 7}]
    days = {"old": 8, "young": 6, "empty": None}

    def list_groups(params: dict[str, Any], scope: Scope) -> dict[str, Any]:
        """A group a page."""
        at = int(params.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(groups) else {}
        return {"logGroups": groups[at : at + 1], **more}

    def list_streams(params: dict[str, Any], scope: Scope) -> dict[str, Any]:
        assert params["logGroupName"] == "/week"
        return {
            "logStreams": [
                {"logStreamName": name, **({"lastEventTimestamp": int((NOW - age * DAY) * 1000)} if age else {})}
                for name, age in days.items()
            ]
        }

    engine.on("logs", "DescribeLogGroups", list_groups)
    engine.on("logs", "DescribeLogStreams", list_streams)
    engine.on("logs", "DeleteLogStream", lambda params, scope: {})
    engine.on("logs", "CreateLogStream", lambda params, scope: {})

    asyncio.run(Retention(engine, OneScope(), FakeClock(NOW)).apply(SCOPE))

    old = {"logGroupName": "/week", "logStreamName": "old"}
    assert engine.asked("logs", "DeleteLogStream") == [old]
    assert engine.asked("logs", "CreateLogStream") == [old]
