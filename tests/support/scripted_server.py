"""An HTTP server that answers by a script, byte for byte, whatever is asked."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Sequence

DEADLINE = 60
"""Seconds that nothing here takes."""

Play = Callable[[socket.socket], None]
"""Answers a request as it likes; it may close the connection."""


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def in_pieces(*pieces: bytes) -> Play:
    def play(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            threading.Event().wait(0.002)

    return play


def and_close(data: bytes) -> Play:
    def play(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.close()

    return play


def reset(connection: socket.socket) -> None:
    """Close so that the other end reads an error, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class ScriptedServer:
    """Reads requests and answers the n-th by `plays[n]`, on whichever connection; without one it closes that."""

    def __init__(self, plays: Sequence[Play | bytes]) -> None:
        self._plays = iter(plays)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE)
        self._open: list[socket.socket] = []
        self._is_closing = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.requests: list[bytes] = []
        self.ports: list[int] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            if self._is_closing:
                connection.close()
                return
            connection.settimeout(DEADLINE)
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, address[1]), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, port: int) -> None:
        while request := _request(connection):
            self.requests.append(request)
            self.ports.append(port)
            play = next(self._plays, None)
            if play is None:
                break
            try:
                if isinstance(play, bytes):
                    connection.sendall(play)
                else:
                    play(connection)
            except OSError:
                # Who asked has given up.
                break
            if connection.fileno() < 0:
                return
        connection.close()

    def close(self) -> None:
        self._is_closing = True
        with contextlib.suppress(OSError):
            # Whoever waits for a connection gets this one.
            socket.create_connection(self._listener.getsockname(), DEADLINE).close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
        for one in (*self._open, self._listener):
            one.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            data += (more := connection.recv(65536))
            if not more:
                return b""
        head = data.partition(b"\r\n\r\n")[0].lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
        while len(data) < len(head) + 4 + length:
            data += (more := connection.recv(65536))
            if not more:
                return b""
    except OSError:
        return b""
    return data
