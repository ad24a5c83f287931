"""The inbox: every mail and text message that the cloud would have sent, newest first."""

from __future__ import annotations

import json
from dataclasses import asdict

from flask import Blueprint, Response, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.readers.control import Control
from ui.readers.types import Message

blueprint = Blueprint("mail", __name__)

VIEWS = ("text", "html", "json")
BODY_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""For the HTML of a mail, which anybody may have written: no script, no form, nothing from the network."""


@blueprint.get("/mail")
def inbox() -> ResponseReturnValue:
    recipient = _recipient()
    messages = _control().messages(recipient)
    version = f"{len(messages)}-{messages[0].id}" if messages else "0"
    return render_template("inbox.html", messages=messages, recipient=recipient, version=version)


@blueprint.get("/mail/<message_id>")
def message(message_id: str) -> ResponseReturnValue:
    found = _message(message_id)
    view = request.args.get("view", "text" if found.text or not found.html else "html")
    if view not in VIEWS or (view == "html" and not found.html):
        abort(404, "A message has the views text, html (if it has any) and json.")
    raw = json.dumps(asdict(found), indent=2, ensure_ascii=False)
    return render_template("message.html", message=found, view=view, raw=raw, recipient=_recipient())


@blueprint.get("/mail/<message_id>/body")
def body(message_id: str) -> Response:
    """The message's HTML by itself, for the frame of its page."""
    return Response(
        _message(message_id).html,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": BODY_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


@blueprint.post("/mail/clear")
def clear() -> ResponseReturnValue:
    _control().clear_mail()
    flash("The inbox is empty now.")
    return redirect(url_for("mail.inbox"), 303)


@blueprint.get("/api/mail")
def inbox_data() -> ResponseReturnValue:
    return jsonify(messages=[asdict(each) for each in _control().messages(_recipient())])


@blueprint.get("/api/mail/<message_id>")
def message_data(message_id: str) -> ResponseReturnValue:
    return jsonify(asdict(_message(message_id)))


def _control() -> Control:
    control: Control = current_app.extensions["console"].control
    return control


def _recipient() -> str:
    return request.args.get("recipient", "").strip()


def _message(message_id: str) -> Message:
    found = _control().message(message_id)
    if found is None:
        abort(404, "No such message. It may have been cleared from the inbox.")
    return found
