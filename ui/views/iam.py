"""IAM's decisions: what was refused, newest first, each with the statement that would allow it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from ui.doors import console
from ui.readers.types import Decision
from ui.screens import Screen

screen = Screen("iam", "IAM", icon="shield", key="i", summary="What was denied, and the statement that would allow it")


@dataclass(frozen=True)
class Denials:
    """The newest denials, of one `principal` if the query names it."""

    decisions: list[Decision]
    principal: str


@screen.page("/iam", "decisions.html", query={"principal": "Only callers with this in their names"})
def decisions() -> Denials:
    """What IAM denied, newest first."""
    principal = request.args.get("principal", "").strip()
    return Denials(console().control.denials(principal), principal)
