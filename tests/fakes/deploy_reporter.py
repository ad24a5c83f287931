"""A reporter that remembers what a deployment told."""

from __future__ import annotations

from groundcloud.deploy.plan import Plan
from groundcloud.deploy.report import Reporter, StackEvent


class MemoryReporter(Reporter):
    def __init__(self) -> None:
        self.steps: list[str] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.plans: list[Plan] = []
        self.events: list[StackEvent] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def plan(self, plan: Plan) -> None:
        self.plans.append(plan)

    def event(self, event: StackEvent) -> None:
        self.events.append(event)
