"""Takes in the mail that applications sent through LocalStack's SES, which shows it at a route of its own
(docs.localstack.cloud/aws/services/ses)."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from groundcloud.clock import Clock
from groundcloud.http import Headers, Request
from groundcloud.ports import Engine, Mail
from groundcloud.signin import limits
from groundcloud.signin.mail import bare_address

_ROUTE = "/_aws/ses"
_ALMOST_A_SECOND = 0.999
_RECIPIENTS = ("ToAddresses", "CcAddresses", "BccAddresses")


class LocalStackMail:
    """A `MailSource`: every message that LocalStack's SES accepted, one for each recipient."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def __call__(self) -> list[Mail]:
        request = Request("GET", _ROUTE, headers=Headers([("Host", "localhost")]), service="ses")
        response = await self._engine.request(request)
        if response.status != 200:
            return []
        now = self._clock.machine()
        return [mail for message in json.loads(response.body)["messages"] for mail in read_message(message, now)]


def read_message(message: dict[str, Any], now: float) -> list[Mail]:
    """One message, seen at `now` (epoch seconds), as mails, one for each recipient; those of a raw message are in its
    headers."""
    if "RawData" in message:
        raw = email.message_from_string(message["RawData"], _class=EmailMessage, policy=email.policy.default)
        recipients, subject = list(_named(raw)), str(raw["Subject"] or "")
        text, html = _part(raw, "plain"), _part(raw, "html")
    else:
        destination = message.get("Destination") or {}
        recipients = [str(address) for kind in _RECIPIENTS for address in destination.get(kind) or ()]
        body = message.get("Body") or {}
        text, html = str(body.get("text_part") or message.get("TemplateData") or ""), str(body.get("html_part") or "")
        subject = str(message.get("Subject") or message.get("Template") or "")
    return [
        Mail(
            id=f"{message['Id']}-{number}",
            kind="email",
            sender=str(message.get("Source") or ""),
            recipient=bare_address(recipient),
            subject=subject,
            text=text[: limits.MAX_MESSAGE_CHARACTERS],
            html=html[: limits.MAX_MESSAGE_CHARACTERS],
            created=_epoch(str(message["Timestamp"]), now),
            source="ses",
        )
        for number, recipient in enumerate(recipients)
    ]


def _named(raw: EmailMessage) -> Iterator[str]:
    for name in ("To", "Cc", "Bcc"):
        for header in raw.get_all(name, []):
            yield from (address.addr_spec for address in header.addresses)


def _part(raw: EmailMessage, kind: str) -> str:
    body = raw.get_body((kind,))
    return str(body.get_content()) if isinstance(body, EmailMessage) else ""


def _epoch(moment: str, now: float) -> float:
    """LocalStack leaves the fraction of the second out. A mail must not be older than the moment before it was sent:
    who waits for the next one would wait in vain."""
    found = datetime.fromisoformat(moment)
    second = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return max(second, min(now, second + _ALMOST_A_SECOND)) if second.is_integer() else second
