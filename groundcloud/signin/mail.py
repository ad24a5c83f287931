"""Takes in the mail that applications sent through SES, which the engine keeps and shows at a route of its own."""

from __future__ import annotations

import json
from typing import Any

from groundcloud.http import Headers, Request
from groundcloud.ports import Engine, Mail
from groundcloud.signin import limits

_ROUTE = "/_ministack/ses/messages"
_OF_THE_ENGINES_COGNITO = "Cognito"
"""Messages of this type are the engine's own codes and invitations: ours go out in their place."""


class SesMail:
    """A `MailSource`: every message that the engine's SES accepted, one for each recipient."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def __call__(self) -> list[Mail]:
        response = await self._engine.request(Request("GET", _ROUTE, headers=Headers([("Host", "127.0.0.1")])))
        if response.status != 200:
            # An engine without SES, or without this route, has no mail to show.
            return []
        by_account: dict[str, list[dict[str, Any]]] = json.loads(response.body)["messages"]
        records = [record for kept in by_account.values() for record in kept]
        return [mail for record in records if not _is_cognitos(record) for mail in _mails(record)]


def _is_cognitos(record: dict[str, Any]) -> bool:
    return str(record.get("Type", "")).startswith(_OF_THE_ENGINES_COGNITO)


def _mails(record: dict[str, Any]) -> list[Mail]:
    recipients = [str(address) for field in ("To", "CC", "BCC") for address in record.get(field) or []]
    name = str(record["MessageId"]).partition("@")[0]
    return [
        Mail(
            id=f"{name}-{number}",
            kind="email",
            sender=str(record.get("Source") or ""),
            recipient=bare_address(recipient),
            subject=str(record.get("Subject") or ""),
            text=_cut(record.get("BodyText")),
            html=_cut(record.get("BodyHtml")),
            created=float(record["Timestamp"]),
            source="ses",
        )
        for number, recipient in enumerate(recipients)
    ]


def bare_address(address: str) -> str:
    """``Ann <ann@example.com>`` → ``ann@example.com``."""
    before, bracket, rest = address.partition("<")
    return rest.partition(">")[0].strip() if bracket and ">" in rest else before.strip()


def _cut(text: object) -> str:
    return str(text or "")[: limits.MAX_MESSAGE_CHARACTERS]
