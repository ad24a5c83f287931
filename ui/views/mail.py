"""The inbox: every mail and text message that the cloud would have sent, newest first."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console
from ui.readers.types import Message
from ui.screens import Screen

screen = Screen("mail", "Mail", icon="mail", key="m", summary="Mail and text messages, with the codes in them")

VIEWS = ("text", "html", "json")
RECIPIENT = {"recipient": "Only messages to this address or number"}
BODY_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""For the HTML of a mail, which anybody may have written: no script, no form, nothing from the network."""


@dataclass(frozen=True)
class Inbox:
    """Messages, newest first, to one `recipient` if the query names it."""

    messages: list[Message]
    recipient: str


@dataclass(frozen=True)
class Opened:
    """One message; `raw` is it as JSON, `view` how the page shows it: ``text``, ``html`` or ``json``."""

    message: Message
    view: str
    raw: str
    recipient: str


@screen.page("/mail", "inbox.html", query=RECIPIENT)
def inbox() -> Inbox:
    """The inbox, newest first."""
    recipient = _recipient()
    return Inbox(console().control.messages(recipient), recipient)


@screen.page("/mail/<message_id>", "message.html", query={"view": "text, html or json", **RECIPIENT})
def message(message_id: str) -> Opened:
    """One message."""
    found = _message(message_id)
    view = request.args.get("view", "text" if found.text or not found.html else "html")
    if view not in VIEWS or (view == "html" and not found.html):
        abort(404, "A message has the views text, html (if it has any) and json.")
    raw = json.dumps(asdict(found), indent=2, ensure_ascii=False)
    return Opened(found, view, raw, _recipient())


@screen.part("/mail/<message_id>/body")
def body(message_id: str) -> ResponseReturnValue:
    """The message's HTML by itself, for the frame of its page."""
    return Response(
        _message(message_id).html,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": BODY_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


@screen.action("/mail/clear")
def clear() -> ResponseReturnValue:
    """Forget every message."""
    console().control.clear_mail()
    flash("The inbox is empty now.")
    return redirect(url_for("mail.inbox"), 303)


def _recipient() -> str:
    return request.args.get("recipient", "").strip()


def _message(message_id: str) -> Message:
    found = console().control.message(message_id)
    if found is None:
        abort(404, "No such message. It may have been cleared from the inbox.")
    return found
