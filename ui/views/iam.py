"""IAM's decisions: what was refused, each with the statement that would allow it; then what was allowed, each with the
statement that did."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from ui.doors import console
from ui.readers.types import Decision
from ui.screens import Screen

screen = Screen("iam", "IAM", icon="shield", key="i", summary="What was denied, what is missing, and what was allowed")

FILTERS = {
    "principal": "Only callers with this in their names",
    "action": "Only actions with this in their names",
    "resource": "Only resources with this in their names",
}


@dataclass(frozen=True)
class Decisions:
    """The newest decisions that pass the filter. `mode` is how the cloud decides: ``enforce``, ``audit`` or ``off``."""

    decisions: list[Decision]
    filters: dict[str, str]
    mode: str


@screen.page("/iam", "decisions.html", query=FILTERS)
def decisions() -> Decisions:
    """What IAM denied, newest first."""
    return _decisions(allowed=False)


@screen.page("/iam/allowed", "allowed.html", query=FILTERS)
def allowed() -> Decisions:
    """What IAM allowed, newest first, and by which statement."""
    return _decisions(allowed=True)


def _decisions(*, allowed: bool) -> Decisions:
    filters = {name: request.args[name].strip() for name in FILTERS if request.args.get(name, "").strip()}
    mode, found = console().control.decisions(filters, allowed=allowed)
    return Decisions(found, filters, mode)
