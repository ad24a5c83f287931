"""Exchanges and chains without a server: what comes in as plain values, what goes out as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from groundcloud.edge.exchange import Exchange
from groundcloud.errors import AwsError
from groundcloud.http import Headers

HOST = "127.0.0.1:4566"


@dataclass
class Wire:
    """The two ends of one ASGI connection: chunks to read, messages that were sent."""

    chunks: list[bytes] = field(default_factory=lambda: [b""])
    sent: list[dict[str, Any]] = field(default_factory=list)
    reads: int = 0

    async def receive(self) -> dict[str, Any]:
        self.reads += 1
        if not self.chunks:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self.chunks.pop(0), "more_body": bool(self.chunks)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> Headers:
        return Headers([(k.decode("latin-1"), v.decode("latin-1")) for k, v in self.sent[0]["headers"]])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])


def scope(
    method: str = "GET", target: str = "/", headers: Sequence[tuple[str, str]] = (), host: str | None = HOST
) -> dict[str, Any]:
    """An ASGI scope as the server makes it: lower-case header names, the raw path in ASCII."""
    path, _, query = target.partition("?")
    named = [*([("host", host)] if host is not None else []), *headers]
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named],
        "client": ("127.0.0.1", 50000),
    }


def exchange(
    method: str = "GET",
    target: str = "/",
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    host: str | None = HOST,
    wire: Wire | None = None,
) -> Exchange:
    """One request on its way through the edge."""
    wire = wire or Wire([body])
    return Exchange(scope(method, target, headers, host), wire.receive, wire.send, "request-1")


class FakeCaller:
    """An `AwsCaller` that answers from a table of ``{operation: answer or AwsError}`` and notes the calls."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.answers = answers or {}
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, **_: Any) -> Any:
        self.calls.append((service, operation, params or {}))
        answer = self.answers.get(operation, {})
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, AwsError):
            raise answer
        return answer
