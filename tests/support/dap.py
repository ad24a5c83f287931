"""A client of the Debug Adapter Protocol, as an editor is one.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

from __future__ import annotations

import json
import socket
from typing import Any

from tests.support.processes import poll


class DapClient:
    """Connects to a debugger that listens; `request` waits for the response, `event` for an event."""

    def __init__(self, port: int, timeout: float = 60) -> None:
        self._timeout = timeout
        poll(lambda: self._connects(port), timeout=timeout, what=f"a debugger that listens on {port}")
        self._file = self._socket.makefile("rb")
        self._sequence = 0
        self._events: list[dict[str, Any]] = []
        self._responses: dict[int, dict[str, Any]] = {}

    def _connects(self, port: int) -> bool:
        # The connection itself, and no trial before it: a debugger takes one.
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), self._timeout)
        except ConnectionRefusedError:
            return False
        return True

    def send(self, command: str, **arguments: Any) -> int:
        self._sequence += 1
        message = {"seq": self._sequence, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._sequence

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        return self.response(self.send(command, **arguments))

    def response(self, sequence: int) -> dict[str, Any]:
        while sequence not in self._responses:
            self._read()
        answer = self._responses.pop(sequence)
        assert answer["success"], answer
        body: dict[str, Any] = answer.get("body") or {}
        return body

    def event(self, name: str) -> dict[str, Any]:
        while True:
            for each in self._events:
                if each["event"] == name:
                    self._events.remove(each)
                    body: dict[str, Any] = each.get("body") or {}
                    return body
            self._read()

    def _read(self) -> None:
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the debugger has hung up"
        message = json.loads(self._file.read(length))
        if message["type"] == "event":
            self._events.append(message)
        elif message["type"] == "response":
            self._responses[message["request_seq"]] = message

    def close(self) -> None:
        self._file.close()
        self._socket.close()
