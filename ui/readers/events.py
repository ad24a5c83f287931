"""EventBridge's buses and rules, by EventBridge's own API."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

RULES = 100
"""On one page: each is one call."""


@dataclass(frozen=True)
class RuleView:
    """One rule: it matches `pattern` (JSON) or runs on `schedule`; `targets` are ARNs."""

    name: str
    state: str
    pattern: str
    schedule: str
    description: str
    targets: tuple[str, ...]


class Events:
    """What one account and region has. Methods raise botocore's `ClientError` as EventBridge answers it, and
    `ValueError` for an event that cannot be put."""

    def __init__(self, events: Any) -> None:
        self._events = events

    def buses(self) -> list[str]:
        return [each["Name"] for each in self._events.list_event_buses()["EventBuses"]]

    def rules(self, bus: str) -> list[RuleView]:
        """The rules of a bus, the first hundred by name."""
        found = self._events.list_rules(EventBusName=bus, Limit=RULES)["Rules"]
        return [self._rule(each, bus) for each in found]

    def put(self, bus: str, source: str, kind: str, detail: str) -> str:
        """Put one event; its id."""
        try:
            told = json.loads(detail or "{}")
        except ValueError as error:
            raise ValueError(f"The detail is not JSON: {error}") from error
        if not isinstance(told, dict):
            raise ValueError("The detail is a JSON object.")
        entry = {"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": detail or "{}"}
        (answer,) = self._events.put_events(Entries=[entry])["Entries"]
        if answer.get("ErrorCode"):
            raise ValueError(f"{answer['ErrorCode']}: {answer.get('ErrorMessage', '')}")
        return str(answer["EventId"])

    def _rule(self, found: dict[str, Any], bus: str) -> RuleView:
        targets = self._events.list_targets_by_rule(Rule=found["Name"], EventBusName=bus)["Targets"]
        return RuleView(
            name=found["Name"],
            state=found["State"],
            pattern=found.get("EventPattern", ""),
            schedule=found.get("ScheduleExpression", ""),
            description=found.get("Description", ""),
            targets=tuple(each["Arn"] for each in targets),
        )
