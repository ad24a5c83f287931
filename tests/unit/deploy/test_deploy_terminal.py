"""What a person sees of a deployment."""

from __future__ import annotations

import io

from rich.console import Console

from groundcloud.deploy.deployer import Deployment
from groundcloud.deploy.outputs import Link
from groundcloud.deploy.plan import Change, Plan
from groundcloud.deploy.report import StackEvent
from groundcloud.deploy.stack import Stack
from groundcloud.deploy.terminal import TerminalReporter, show_deployment


def shown_by(*, terminal: bool = False) -> tuple[TerminalReporter, io.StringIO]:
    text = io.StringIO()
    return TerminalReporter(Console(file=text, width=120, force_terminal=terminal, highlight=False)), text


def event(status: str, reason: str = "") -> StackEvent:
    return StackEvent("1", "Table[x]", "AWS::X", status, reason, "2026-11-21T00:00:00", "t", False)


def test_the_plan_is_a_table_that_warns_of_loss() -> None:
    reporter, text = shown_by()
    changes = (Change("Add", "Queue", "AWS::SQS::Queue"), Change("Modify", "Table", "AWS::DynamoDB::Table", "True"))
    reporter.plan(Plan("app", "1", "2", "UPDATE", changes))
    assert "Update stack app: 1 to add, 1 to change" in text.getvalue()
    assert "AWS::SQS::Queue" in text.getvalue()
    assert "lose what they hold" in text.getvalue()


def test_what_could_not_be_changed_is_a_warning() -> None:
    reporter, text = shown_by()
    reporter.event(event("UPDATE_COMPLETE"))
    assert "!" not in text.getvalue()
    reporter.event(event("UPDATE_COMPLETE", "It stays as it was"))
    assert "! Table[x] (AWS::X): It stays as it was" in text.getvalue()


def test_a_long_plan_is_cut_and_says_so() -> None:
    reporter, text = shown_by()
    reporter.plan(Plan("app", "1", "2", "CREATE", tuple(Change("Add", f"Q{n}", "T") for n in range(100))))
    assert "40 more" in text.getvalue()


def test_a_failure_is_shown_as_it_happens_and_markup_is_text() -> None:
    reporter, text = shown_by()
    reporter.event(event("CREATE_FAILED", "no [bold] reason"))
    assert "✗ Table[x] (AWS::X): no [bold] reason" in text.getvalue()


def test_progress_is_one_live_line_on_a_terminal() -> None:
    reporter, text = shown_by(terminal=True)
    with reporter:
        reporter.step("Creating app")
        reporter.event(event("CREATE_COMPLETE"))
    assert "\x1b[" in text.getvalue()


def test_the_end_tells_what_can_be_opened() -> None:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    stack = Stack("app", "1", "CREATE_COMPLETE", outputs={"Url": "https://x.cloudfront.net", "Id": "abc"})
    links = (Link("Url", "http://x.cloudfront.localhost:4566"),)
    show_deployment(console, Deployment(stack, False, ("/index.html",), links, 0.123))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Stack app is unchanged: nothing to do 0.12 s" in text
    assert "1 files changed" in text
    assert "http://x.cloudfront.localhost:4566" in text
    assert "Id  abc" in text
