"""CloudFormation's stacks: their events as they happen, what a change set would do, drift, and deleting."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from botocore.exceptions import ClientError
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.deploy import ChangeSetLine, Deployments, Drift, PlannedChange, StackLine, StackStep, parameters_of
from ui.screens import Screen
from ui.words import words

screen = Screen("deploy", "Deploy", icon="deploy", key="d", summary="Stacks, their events, change sets and drift")

PLAN = {"stack": "The stack", "template": "The template", "parameters": "Lines of Name=value"}


@dataclass(frozen=True)
class StackList:
    """Stacks, the last changed first; `problem` is why no change set was made of `form`."""

    stacks: list[StackLine]
    problem: str = ""
    form: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StackPage:
    """One stack: its newest events, newest first, its change sets, and its template."""

    stack: StackLine
    events: list[StackStep]
    change_sets: list[ChangeSetLine]
    template: str


@dataclass(frozen=True)
class ChangeSetPage:
    """What a change set would do."""

    stack: str
    change_set: ChangeSetLine
    changes: list[PlannedChange]


@dataclass(frozen=True)
class DriftPage:
    """How a look for drift came out (`status`), and what `drifted`: null while it goes on."""

    stack: str
    status: str
    drifted: list[Drift] | None


@screen.page("/deploy", "stacks.html")
def stacks() -> StackList:
    """CloudFormation's stacks."""
    with console().aws.answering():
        return StackList(_deployments().listed())


@screen.page("/deploy/<name>", "stack.html")
def stack(name: str) -> StackPage:
    """One stack and its events."""
    with console().aws.answering():
        reader = _deployments()
        found = reader.stack(name)
        try:
            template = reader.template(name)
        except ClientError as error:
            template = words(error)
        return StackPage(found, reader.events(name), reader.change_sets(name), template)


@screen.page("/deploy/<name>/changes/<change_set>", "changeset.html")
def changes(name: str, change_set: str) -> ChangeSetPage:
    """What a change set would do."""
    with console().aws.answering():
        return ChangeSetPage(name, *_deployments().changes(name, change_set))


@screen.page("/deploy/<name>/drift/<detection>", "drift.html")
def drift(name: str, detection: str) -> DriftPage:
    """What is no longer as the template says."""
    with console().aws.answering():
        return DriftPage(name, *_deployments().drift(name, detection))


@screen.action("/deploy/plan", fields=PLAN)
def plan() -> ResponseReturnValue:
    """Make a change set of a template, to be looked at before it is carried out."""
    form = {name: request.form.get(name, "") for name in PLAN}
    upload = request.files.get("file")
    name, change_set = form["stack"].strip(), f"console-{int(time.time() * 1000)}"
    with console().aws.answering():
        try:
            if upload is not None and upload.filename:
                form["template"] = upload.read().decode()
            _deployments().plan(name, change_set, form["template"], parameters_of(form["parameters"]))
        except (ValueError, ClientError) as error:
            page = StackList(_deployments().listed(), words(error), form)
            return render_template("stacks.html", **vars(page)), 400
    return redirect(url_for("deploy.changes", name=name, change_set=change_set), 303)


@screen.action("/deploy/<name>/changes/<change_set>/execute")
def execute(name: str, change_set: str) -> ResponseReturnValue:
    """Carry a change set out."""
    with console().aws.answering():
        _deployments().execute(name, change_set)
    flash("The change set is carried out: its events appear here.")
    return redirect(url_for("deploy.stack", name=name), 303)


@screen.action("/deploy/<name>/changes/<change_set>/delete")
def discard(name: str, change_set: str) -> ResponseReturnValue:
    """Forget a change set."""
    with console().aws.answering():
        _deployments().discard(name, change_set)
    flash("The change set was deleted.")
    return redirect(url_for("deploy.stacks"), 303)


@screen.action("/deploy/<name>/drift")
def detect(name: str) -> ResponseReturnValue:
    """Look for drift."""
    with console().aws.answering():
        detection = _deployments().detect_drift(name)
    return redirect(url_for("deploy.drift", name=name, detection=detection), 303)


@screen.action("/deploy/<name>/delete")
def delete(name: str) -> ResponseReturnValue:
    """Delete a stack with what it made."""
    with console().aws.answering():
        _deployments().delete(name)
    flash(f"{name} is being deleted.")
    return redirect(url_for("deploy.stacks"), 303)


def _deployments() -> Deployments:
    return Deployments(console().aws.client("cloudformation", scope()))
