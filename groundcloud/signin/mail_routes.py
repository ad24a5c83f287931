"""The inbox as control routes: JSON in, JSON out. The console draws the pages."""

from __future__ import annotations

import json
from dataclasses import asdict

from groundcloud.http import Request, Response
from groundcloud.ports import ControlRoute
from groundcloud.signin import limits
from groundcloud.signin.mailbox import Mailbox

Segments = dict[str, str]

KINDS = ("email", "sms")


class _BadQuery(ValueError):
    """A query value that is no number, or out of range."""


class MailRoutes:
    """GET /mail, GET /mail/wait, GET /mail/{id}, DELETE /mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def routes(self) -> list[ControlRoute]:
        """In this order: ``/mail/wait`` must be looked at before ``/mail/{id}``."""
        return [
            ControlRoute("GET", "/mail", self.list),
            ControlRoute("GET", "/mail/wait", self.wait),
            ControlRoute("GET", "/mail/{id}", self.one),
            ControlRoute("DELETE", "/mail", self.clear),
        ]

    async def list(self, request: Request, segments: Segments) -> Response:
        try:
            limit = int(_number(request, "limit", limits.DEFAULT_LISTED, 1, limits.MAX_LISTED))
        except _BadQuery as error:
            return _refusal(400, str(error))
        kind = request.query_value("kind") or ""
        if kind not in ("", *KINDS):
            return _refusal(400, f"kind is one of {', '.join(KINDS)}")
        messages = await self._mailbox.messages(request.query_value("recipient") or "", limit, kind)
        return Response.json(200, json.dumps({"messages": [asdict(mail) for mail in messages]}))

    async def wait(self, request: Request, segments: Segments) -> Response:
        try:
            timeout = _number(request, "timeout", limits.DEFAULT_WAIT_SECONDS, 0, limits.MAX_WAIT_SECONDS)
            after = _number(request, "after", 0.0, 0, float("inf"))
        except _BadQuery as error:
            return _refusal(400, str(error))
        recipient = request.query_value("recipient") or ""
        mail = await self._mailbox.wait(recipient, after, timeout)
        if mail is None:
            return _refusal(404, f"No message{f' to {recipient}' if recipient else ''} within {timeout:g} s")
        return Response.json(200, json.dumps(asdict(mail)))

    async def one(self, request: Request, segments: Segments) -> Response:
        mail = await self._mailbox.message(segments["id"])
        return Response.json(200, json.dumps(asdict(mail))) if mail else _refusal(404, "No such message")

    async def clear(self, request: Request, segments: Segments) -> Response:
        await self._mailbox.clear()
        return Response(204)


def _number(request: Request, name: str, default: float, least: float, most: float) -> float:
    text = request.query_value(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise _BadQuery(f"{name} is not a number") from None
    if not least <= value <= most:
        raise _BadQuery(f"{name} must be from {least:g} to {most:g}")
    return value


def _refusal(status: int, message: str) -> Response:
    return Response.json(status, json.dumps({"message": message}))
