"""SQS's queues, peeked into, filled and redriven; EventBridge's rules, and events put on their buses."""

from __future__ import annotations

from dataclasses import dataclass, field

from botocore.exceptions import ClientError
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.events import Events, RuleView
from ui.readers.queues import PeekedMessage, Queues, QueueView
from ui.screens import Screen
from ui.words import words

screen = Screen(
    "queues", "Queues", icon="queue", key="q", summary="SQS's queues and their messages, EventBridge's rules"
)

SENT = {
    "body": "The message",
    "delay": "Seconds until it is visible",
    "group": "Its message group, for a FIFO queue",
    "attributes": "Its attributes as a JSON object of texts",
}
EVENT = {
    "bus": "The event bus",
    "source": "The event's source",
    "kind": "Its detail-type",
    "detail": "Its detail as JSON",
}


@dataclass(frozen=True)
class QueueList:
    """Queues by name; `after` is where the next page starts."""

    queues: list[QueueView]
    after: str


@dataclass(frozen=True)
class QueuePage:
    """One queue; `messages` is what a peek saw (null: nobody peeked), `problem` why nothing was sent."""

    queue: QueueView
    messages: list[PeekedMessage] | None = None
    problem: str = ""
    form: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventPage:
    """The rules of one of the `buses`; `problem` is why no event was put."""

    bus: str
    buses: list[str]
    rules: list[RuleView]
    problem: str = ""
    form: dict[str, str] = field(default_factory=dict)


@screen.page("/queues", "queues.html", query={"after": "Where the page starts"})
def queues() -> QueueList:
    """SQS's queues."""
    with console().aws.answering():
        return QueueList(*_queues().listed(request.args.get("after", "")))


@screen.page("/queues/<name>", "queue.html")
def queue(name: str) -> QueuePage:
    """One queue."""
    with console().aws.answering():
        return QueuePage(_queues().queue(name))


@screen.page("/events", "events.html", query={"bus": "The event bus; else the account's default"})
def events() -> EventPage:
    """EventBridge's rules."""
    with console().aws.answering():
        return _events_page(request.args.get("bus") or "default")


@screen.action("/queues/<name>/peek")
def peek(name: str) -> ResponseReturnValue:
    """Show some messages, which stay in the queue; each counts as received once more."""
    with console().aws.answering():
        found = _queues().queue(name)
        seen = _queues().peek(found)
    return render_template("queue.html", **vars(QueuePage(found, seen)))


@screen.action("/queues/<name>/send", fields=SENT)
def send(name: str) -> ResponseReturnValue:
    """Send a message."""
    form = _form(SENT)
    with console().aws.answering():
        found = _queues().queue(name)
        try:
            number = _queues().send(found, **form)
        except (ValueError, ClientError) as error:
            return render_template("queue.html", **vars(QueuePage(found, None, words(error), form))), 400
    flash(f"The message was sent: {number}")
    return _to(name)


@screen.action("/queues/<name>/delete", fields={"receipt": "The receipt of a message that was peeked at"})
def delete(name: str) -> ResponseReturnValue:
    """Delete a message."""
    with console().aws.answering():
        _queues().delete(_queues().queue(name), request.form.get("receipt", ""))
    flash("The message was deleted.")
    return _to(name)


@screen.action("/queues/<name>/purge")
def purge(name: str) -> ResponseReturnValue:
    """Delete every message."""
    with console().aws.answering():
        _queues().purge(_queues().queue(name))
    flash("The queue is empty now.")
    return _to(name)


@screen.action("/queues/<name>/redrive", fields={"source": "The queue that its messages go back to"})
def redrive(name: str) -> ResponseReturnValue:
    """Move the messages of a dead-letter queue back to where they came from."""
    source = request.form.get("source", "")
    with console().aws.answering():
        try:
            moved = _queues().redrive(_queues().queue(name), source)
        except ValueError as error:
            abort(400, str(error))
    flash(f"{'One message' if moved == 1 else f'{moved} messages'} went back to {source}.")
    return _to(name)


@screen.action("/events/put", fields=EVENT)
def put(**_values: str) -> ResponseReturnValue:
    """Put an event on a bus."""
    form = _form(EVENT)
    bus = form["bus"] or "default"
    with console().aws.answering():
        try:
            number = _events().put(bus, form["source"], form["kind"], form["detail"])
        except (ValueError, ClientError) as error:
            return render_template("events.html", **vars(_events_page(bus, words(error), form))), 400
    flash(f"The event was put: {number}")
    return redirect(url_for("queues.events", bus=bus), 303)


def _queues() -> Queues:
    return Queues(console().aws.client("sqs", scope()))


def _events() -> Events:
    return Events(console().aws.client("events", scope()))


def _events_page(bus: str, problem: str = "", form: dict[str, str] | None = None) -> EventPage:
    reader = _events()
    return EventPage(bus, reader.buses(), reader.rules(bus), problem, form or {})


def _form(names: dict[str, str]) -> dict[str, str]:
    return {name: request.form.get(name, "") for name in names}


def _to(name: str) -> ResponseReturnValue:
    return redirect(url_for("queues.queue", name=name), 303)
