"""The door to the control routes below `/_groundcloud/v1`, described by `groundcloud/edge/openapi.yaml`."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import httpx

from ui.readers.types import (
    CloudRefused,
    CloudUnavailable,
    Decision,
    Matched,
    Message,
    NotOnAws,
    Remedy,
    Scope,
    Status,
)

ROOT = "/_groundcloud/v1"
SILENCE = 20.0
"""Seconds without a byte after which a stream is given up; the browser opens it anew."""
DECISIONS = 100
"""Of IAM's that are asked for at once."""

NOT_ON_AWS = "Requests, mail and IAM's decisions are recorded by a cloud on this machine; real AWS has no such record."


class Control:
    """Asks the control routes. `get` and `send` are what a screen's own reader is made of; what several screens need
    has a method of its own. Every method raises `CloudUnavailable` when the cloud does not answer as it should, and
    `CloudRefused` when it answers 4xx."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._streaming: set[socket.socket] = set()

    def get(self, path: str, params: dict[str, str] | None = None) -> Any:
        """The JSON that a route answers; what is empty in `params` is left out."""
        return _checked(self.send("GET", path, params)).json()

    def find(self, path: str, params: dict[str, str] | None = None) -> Any | None:
        """The JSON that a route answers, or None when it answers 404."""
        answer = self.send("GET", path, params)
        return None if answer.status_code == 404 else _checked(answer).json()

    def change(self, method: str, path: str, content: Any = None) -> httpx.Response:
        """Write by a route; the answer, which was good."""
        return _checked(self.send(method, path, content=content))

    def send(self, method: str, path: str, params: dict[str, str] | None = None, content: Any = None) -> httpx.Response:
        """Whatever a route answers. `content` is sent as JSON."""
        wanted = {name: value for name, value in (params or {}).items() if value}
        with self._reaching():
            return self._client.request(method, ROOT + path, params=wanted, json=content)

    @contextmanager
    def stream(self, path: str, params: dict[str, str] | None = None) -> Iterator[Iterator[bytes]]:
        """The bytes of server-sent events as they come. Ends, when the cloud is silent for too long, without an
        error."""
        wanted = {name: value for name, value in (params or {}).items() if value}
        limits = httpx.Timeout(10, read=SILENCE)
        asked = self._client.stream("GET", ROOT + path, params=wanted, timeout=limits)
        with self._reaching(), asked as answer, self._held(answer):
            yield _until_silent(_checked(answer))

    def end_streams(self) -> None:
        """End every stream at once: who waits for the next event of one must not keep the console from stopping."""
        for each in list(self._streaming):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _held(self, answer: httpx.Response) -> Iterator[None]:
        network = answer.extensions.get("network_stream")
        found = network.get_extra_info("socket") if network is not None else None
        if found is None:
            yield
            return
        self._streaming.add(found)
        try:
            yield
        finally:
            self._streaming.discard(found)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise CloudUnavailable(f"{self._client.base_url} does not answer") from error

    def status(self) -> Status:
        found = self.get("/status")
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

    def messages(self, recipient: str = "", limit: int = 200, kind: str = "") -> list[Message]:
        """The newest `limit` messages, newest first, of one recipient and one kind if given."""
        found = self.get("/mail", {"limit": str(limit), "recipient": recipient, "kind": kind})
        return [_message(each) for each in found["messages"]]

    def message(self, message_id: str) -> Message | None:
        """One message, or None when there is none of that id."""
        found = self.find(f"/mail/{quote(message_id, safe='')}")
        return None if found is None else _message(found)

    def clear_mail(self) -> None:
        """Forget every message."""
        self.change("DELETE", "/mail")

    def decisions(self, filters: dict[str, str], *, allowed: bool) -> tuple[str, list[Decision]]:
        """IAM's mode and the newest `DECISIONS` of what it denied, or allowed, newest first. `filters` are parts of the
        names of ``principal``, ``action`` and ``resource``."""
        which = {"allowed": "1"} if allowed else {"denied": "1"}
        found = self.get("/iam/decisions", {**filters, **which, "limit": str(DECISIONS)})
        return found["mode"], [_decision(each) for each in found["decisions"]]


class NoControl(Control):
    """Real AWS has no control routes, and a cloud that happens to run on this machine is not what such a console
    shows."""

    def __init__(self) -> None:
        super().__init__(httpx.Client())

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        raise NotOnAws(NOT_ON_AWS)
        yield


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_client_error:
        answer.read()
        raise CloudRefused(answer.status_code, _words(answer))
    if not answer.is_success:
        raise CloudUnavailable(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}")
    return answer


def _words(answer: httpx.Response) -> str:
    """Why a route refuses."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    words = found.get("message") if isinstance(found, dict) else None
    return str(words or f"{answer.request.url.path} answered {answer.status_code}")


def _until_silent(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_bytes()
    except httpx.ReadTimeout:
        return


def _decision(found: dict[str, Any]) -> Decision:
    names = ("number", "time", "principal", "action", "resource", "message", "mode", "refused", "allowed")
    matched = found.get("matched")
    return Decision(
        **{name: found[name] for name in names},
        request_id=found["requestId"],
        remedies=tuple(map(_remedy, found["remedies"])),
        matched=Matched(matched["kind"], matched["policy"], json.dumps(matched["statement"])) if matched else None,
    )


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
