"""HTTP/1.1 to the Runtime API for Python functions, over one kept connection.

AWS's client `awslambdaric` leaves this to a compiled module, `runtime_client`, which asks libcurl: several polls a
request, two packets for an answer, and a wait for its receipt before the next event is asked for, about 0.1 ms a call.
`stand_in` is a module of the same functions in its place; everything else of AWS's client stays. Here an answer and the
question for the next event are one packet, and the receipt is read when the next event comes.

It runs inside the function's process: standard library only, Python 3.10 and later.
"""

# The environment is the function's, not the cloud's.

from __future__ import annotations

import os
import socket
import types

# Type checkers take this for true; importing typing would cost a cold start 4 ms.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_API = "/2018-06-01/runtime/"
_CHUNK = 65536
_ONE_PACKET = 65536
"""Answers up to so many bytes are sent with the question for the next event. A larger one may be refused (413), and
then this process must not be taken for one that waits."""


class RuntimeClient:
    """Asks for events and answers them. It connects when it is first used: in a process that was forked, that is in
    the child."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._socket: socket.socket | None = None
        self._rest = b""
        self._owed = ""
        self._has_asked = False

    def next(self) -> tuple[dict[str, str], bytes]:
        """Wait for an invocation: its headers (names in lower case) and payload."""
        if not self._has_asked:
            self._send(self._next())
        self._has_asked = False
        self._take_receipt()
        status, headers, body = self._read()
        if status != 200:
            raise RuntimeError(f"The Runtime API answered {status} to next: {body!r}")
        return headers, body

    def respond(self, request_id: str, body: bytes, content_type: str) -> None:
        self._post(f"invocation/{request_id}/response", body, f"Content-Type: {content_type}\r\n")

    def fail(self, request_id: str, body: bytes, headers: str = "") -> None:
        """`body` is the error as JSON; `headers` are further lines, each with its line break."""
        self._post(f"invocation/{request_id}/error", body, f"Content-Type: application/json\r\n{headers}")

    def fail_init(self, body: bytes, headers: str = "") -> None:
        path = "init/error"
        self._send(self._head("POST", path, len(body), f"Content-Type: application/json\r\n{headers}") + body)
        self._owed = path
        self._take_receipt()

    def _post(self, path: str, body: bytes, headers: str) -> None:
        message = self._head("POST", path, len(body), headers) + body
        self._owed = path
        if len(body) <= _ONE_PACKET:
            self._send(message + self._next())
            self._has_asked = True
        else:
            self._send(message)
            self._take_receipt()

    def _take_receipt(self) -> None:
        path, self._owed = self._owed, ""
        if path:
            status, _, answer = self._read()
            if status != 202:
                raise RuntimeError(f"The Runtime API answered {status} to {path}: {answer!r}")

    def _next(self) -> bytes:
        return self._head("GET", "invocation/next", 0, "")

    def _head(self, method: str, path: str, length: int, headers: str) -> bytes:
        host = f"{self._address[0]}:{self._address[1]}"
        head = f"{method} {_API}{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n"
        return head.encode("latin-1", "replace")

    def _send(self, data: bytes) -> None:
        if self._socket is not None:
            try:
                self._socket.sendall(data)
                return
            except OSError:
                # The function has closed our descriptor; its number may be somebody else's by now.
                self._socket.detach()
        self._socket = socket.create_connection(self._address)
        # Whatever default the function has set is not meant for us.
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._socket.sendall(data)

    def _read(self) -> tuple[int, dict[str, str], bytes]:
        """One response: status, headers (names in lower case), body."""
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive()
        status_line, *lines = data[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        parts, missing = [data[end + 4 :]], end + 4 + int(headers.get("content-length", "0")) - len(data)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        body = b"".join(parts) if len(parts) > 1 else parts[0]
        stop = len(body) + missing if missing < 0 else len(body)
        self._rest = body[stop:]
        return int(status_line.split(" ", 2)[1]), headers, body[:stop]

    def _receive(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(_CHUNK)
        if not data:
            # The cloud has gone; there is nobody to work for.
            os._exit(1)
        return data


_HANDED_OUT = (
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Aws-Tenant-Id",
    "Lambda-Runtime-Invocation-Id",
    "Content-Type",
)
_XRAY_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause"


def stand_in(client: RuntimeClient) -> types.ModuleType:
    """`runtime_client` as awslambdaric calls it, over `client`; what it hands out was looked at in 4.2.2's
    compiled one."""
    module: Any = types.ModuleType("runtime_client")

    def next_invocation() -> tuple[bytes, dict[str, Any]]:
        headers, body = client.next()
        handed: dict[str, Any] = {name: headers.get(name.lower()) for name in _HANDED_OUT}
        handed["Lambda-Runtime-Deadline-Ms"] = int(headers.get("lambda-runtime-deadline-ms", "0"))
        return body, handed

    def post_result(request_id: str, body: bytes, content_type: str, _invocation_id: str | None = None) -> None:
        client.respond(request_id, body, content_type)

    def post_error(request_id: str, error: str, cause: str, _invocation_id: str | None = None) -> None:
        client.fail(request_id, error.encode(), f"{_XRAY_CAUSE}: {cause}\r\n")

    module.initialize_client = lambda user_agent: None
    module.next, module.post_invocation_result, module.post_error = next_invocation, post_result, post_error
    return module  # type: ignore[no-any-return]
