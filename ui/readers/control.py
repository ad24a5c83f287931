"""The door to the control routes below `/_groundcloud/v1`, described by `groundcloud/edge/openapi.yaml`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx

from ui.readers.types import CloudUnavailable, Decision, Message, Remedy, Scope, Status

ROOT = "/_groundcloud/v1"


class Control:
    """Reads status, mail and IAM's denials. Every method raises `CloudUnavailable` when the cloud does not answer as it
    should."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def status(self) -> Status:
        found = self._get("/status")
        return Status(
            profile=found["profile"],
            endpoint=found["endpoint"],
            ui_url=found["uiUrl"],
            region=found["region"],
            account=found["account"],
            pid=found["pid"],
            started_at=found["startedAt"],
            start_seconds=found["startSeconds"],
            memory_bytes=found["memoryBytes"],
            engine=found["engine"]["name"],
            engine_version=found["engine"]["version"],
            scopes=tuple(Scope(each["account"], each["region"]) for each in found["scopes"]),
        )

    def messages(self, recipient: str = "", limit: int = 200) -> list[Message]:
        """The newest `limit` messages, newest first, of one recipient if given."""
        wanted = {"limit": str(limit)} | ({"recipient": recipient} if recipient else {})
        return [_message(each) for each in self._get("/mail", wanted)["messages"]]

    def message(self, message_id: str) -> Message | None:
        """One message, or None when there is none of that id."""
        answer = self._send("GET", f"/mail/{quote(message_id, safe='')}")
        if answer.status_code == 404:
            return None
        return _message(_checked(answer).json())

    def denials(self, principal: str = "", limit: int = 100) -> list[Decision]:
        """The newest `limit` denials, newest first, to callers with `principal` in their names."""
        wanted = {"denied": "1", "limit": str(limit)} | ({"principal": principal} if principal else {})
        return [_decision(each) for each in self._get("/iam/decisions", wanted)["decisions"]]

    def clear_mail(self) -> None:
        """Forget every message."""
        _checked(self._send("DELETE", "/mail"))

    def _get(self, path: str, params: dict[str, str] | None = None) -> Any:
        return _checked(self._send("GET", path, params)).json()

    def _send(self, method: str, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        try:
            return self._client.request(method, ROOT + path, params=params)
        except httpx.TransportError as error:
            raise CloudUnavailable(f"{self._client.base_url} does not answer") from error


def _checked(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise CloudUnavailable(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}")
    return answer


def _decision(found: dict[str, Any]) -> Decision:
    names = ("number", "time", "principal", "action", "resource", "message", "mode", "refused")
    return Decision(**{name: found[name] for name in names}, remedies=tuple(map(_remedy, found["remedies"])))


def _remedy(found: dict[str, Any]) -> Remedy:
    return Remedy(found["kind"], json.dumps(found["statement"]), found["remove"], found["policy"])


def _message(found: dict[str, Any]) -> Message:
    return Message(
        id=found["id"],
        kind=found["kind"],
        sender=found["sender"],
        recipient=found["recipient"],
        subject=found["subject"],
        text=found["text"],
        html=found["html"],
        created=found["created"],
        source=found["source"],
        code=found.get("code"),
    )
