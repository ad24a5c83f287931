"""The load generator's client: one kept connection, ready-made requests, and no more of HTTP than an answer's length.

It shares the machine's cores with what it measures, and a library's client would take longer than some of the calls.
Both clouds are called by it.
"""

from __future__ import annotations

import socket

_CHUNK = 65536
TIMEOUT_SECONDS = 60


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A whole request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Connection:
    """States: connected → `send()` → `receive()` until it is True → `status` and `body` are those of the answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.status = 0
        self.body = b""
        self._data = b""

    def send(self, message: bytes) -> None:
        self._data = b""
        self.socket.sendall(message)

    def receive(self) -> bool:
        """Read what has come; whether the answer is complete. Raises `ConnectionError` and `TimeoutError`."""
        data = self.socket.recv(_CHUNK)
        if not data:
            raise ConnectionError("the server has closed the connection")
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if not end:
            return False
        if len(body) < _length(head):
            return False
        self.status, self.body = int(head[9:12]), body
        return True

    def call(self, message: bytes) -> bytes:
        """Send and wait for the answer's body. Raises `RuntimeError` unless it is a success."""
        self.send(message)
        while not self.receive():
            pass
        self.check()
        return self.body

    def check(self) -> None:
        if self.status not in (200, 201):
            raise RuntimeError(f"answered {self.status}: {self.body[:300]!r}")

    def close(self) -> None:
        self.socket.close()


def _length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(b"\r\ncontent-length:")
    if start < 0:
        raise RuntimeError(f"an answer without a length: {head[:300]!r}")
    return int(lower[start + 17 :].split(b"\r\n", 1)[0])
