"""The inbox: every mail and text message that the cloud would have sent, newest first, and the routes for tests."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import quote, urlencode

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console
from ui.readers.control import ROOT
from ui.readers.types import Message
from ui.screens import Screen

screen = Screen("mail", "Mail", icon="mail", key="m", summary="Mail and text messages, with the codes in them")

VIEWS = ("text", "html", "json")
KINDS = {"": "Mail and SMS", "email": "Mail", "sms": "SMS"}
FILTER = {"recipient": "Only messages to this address or number", "kind": "Only email, or only sms"}
WAIT_SECONDS = 30
BODY_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""For the HTML of a mail, which anybody may have written: no script, no form, nothing from the network."""


@dataclass(frozen=True)
class Inbox:
    """Messages, newest first, to one `recipient` and of one `kind` if the query names them. `commands` ask the cloud
    for the same as JSON, and wait for the next one."""

    messages: list[Message]
    recipient: str
    kind: str
    commands: list[str]


@dataclass(frozen=True)
class Opened:
    """One message; `raw` is it as JSON, `view` how the page shows it: ``text``, ``html`` or ``json``. `command` asks
    the cloud for it."""

    message: Message
    view: str
    raw: str
    recipient: str
    kind: str
    command: str


@screen.page("/mail", "inbox.html", query=FILTER)
def inbox() -> Inbox:
    """The inbox, newest first."""
    recipient, kind = _recipient(), _kind()
    listed = {name: value for name, value in (("recipient", recipient), ("kind", kind)) if value}
    awaited = {**({"recipient": recipient} if recipient else {}), "timeout": WAIT_SECONDS}
    # Without `after` the oldest message that is there would be the answer. The shell says what time it is.
    next_one = f'curl -s "{_address("/mail/wait", awaited)}&after=$(date +%s)"'
    commands = [_curl("/mail", listed), next_one]
    return Inbox(console().control.messages(recipient, kind=kind), recipient, kind, commands)


@screen.page("/mail/<message_id>", "message.html", query={"view": "text, html or json", **FILTER})
def message(message_id: str) -> Opened:
    """One message."""
    found = _message(message_id)
    view = request.args.get("view", "text" if found.text or not found.html else "html")
    if view not in VIEWS or (view == "html" and not found.html):
        abort(404, "A message has the views text, html (if it has any) and json.")
    raw = json.dumps(asdict(found), indent=2, ensure_ascii=False)
    return Opened(found, view, raw, _recipient(), _kind(), _curl(f"/mail/{quote(found.id, safe='')}"))


@screen.part("/mail/<message_id>/body")
def body(message_id: str) -> ResponseReturnValue:
    """The message's HTML by itself, for the frame of its page, with the code marked."""
    found = _message(message_id)
    return Response(
        _with_code_marked(found.html, found.code),
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


def _kind() -> str:
    kind = request.args.get("kind", "")
    return kind if kind in KINDS else abort(400, "A message is of the kind email or sms.")


def _curl(path: str, query: Mapping[str, object] | None = None) -> str:
    """The command that asks a control route of this cloud."""
    return f"curl -s {shlex.quote(_address(path, query or {}))}"


def _address(path: str, query: Mapping[str, object]) -> str:
    return console().settings.endpoint + ROOT + path + (f"?{urlencode(query)}" if query else "")


def _with_code_marked(html: str, code: str | None) -> str:
    """The same document, with the code marked where it is text: not within tags, styles and titles."""
    if not code:
        return html
    pieces = re.split(r"(<(?:style|script|title)\b.*?</|<!--.*?-->|<[^>]*>)", html, flags=re.DOTALL | re.IGNORECASE)
    texts = [piece.replace(code, f"<mark>{code}</mark>") if at % 2 == 0 else piece for at, piece in enumerate(pieces)]
    return "".join(texts)


def _message(message_id: str) -> Message:
    found = console().control.message(message_id)
    if found is None:
        abort(404, "No such message. It may have been cleared from the inbox.")
    return found


screen.blueprint.app_context_processor(lambda: {"kinds": list(KINDS.items())})
