"""Something that a handler waits for until a test lets it go on, where a sleep would be a guess."""

from __future__ import annotations

import socket


class Gate:
    """Answers a GET of ``http://127.0.0.1:{port}/`` when it is opened."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(60)
        self.port = self._listener.getsockname()[1]

    def open(self) -> None:
        with self._listener.accept()[0] as waiting:
            waiting.recv(65536)
            waiting.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self._listener.close()
