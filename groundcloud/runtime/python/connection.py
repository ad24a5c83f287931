"""One connection of a function's process to the cloud: a request there, an answer back.

An answer of the plain form is read here, and handed out as botocore's own response; http.client, by which urllib3 reads
all of them, reads the others. It takes a plain answer through email's parser of headers, which is most of its cost.

It runs inside the function's process: the standard library, and the botocore and urllib3 that the runtime brings.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import re
import socket

import urllib3
from botocore.awsrequest import AWSResponse, HeadersDict
from urllib3.util import wait_for_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")

_BODILESS = {"204", "304"}
_MOST_LINES = 100
"""http.client refuses an answer with more headers."""

_PIECE = 1 << 16


class Headers(HeadersDict):  # type: ignore[misc]  # botocore has no types
    """botocore's dict of headers, that finds a name by itself: it makes an object of each name that it is asked for."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._found: dict[str, tuple[str, str]] = {}
        for name, value in pairs:
            self.add(name.lower(), name, value)

    def add(self, key: str, name: str, value: str) -> None:
        """Another header; what comes twice is one with both values. `key` is `name` in lower case."""
        before = self._found.get(key)
        self._found[key] = (name, value) if before is None else (before[0], f"{before[1]}, {value}")

    def __getitem__(self, name: str) -> str:
        return self._found[name.lower()][1]

    def __setitem__(self, name: str, value: str) -> None:
        key = name.lower()
        before = self._found.get(key)
        self._found[key] = (before[0] if before else name, value)

    def __delitem__(self, name: str) -> None:
        del self._found[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._found.values()])

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return repr(dict(self._found.values()))

    def copy(self) -> Headers:
        return Headers(self._found.values())


class Answer(AWSResponse):  # type: ignore[misc]
    """botocore's response, read to its end."""

    content = b""

    def __init__(self, url: str, status: int, headers: Headers, content: bytes) -> None:
        self.url = url
        self.status_code = status
        self.headers = headers
        self.content = content

    @property
    def raw(self) -> Any:
        """urllib3's response, of which everything was read."""
        return urllib3.HTTPResponse(io.BytesIO(), self.headers, self.status_code, preload_content=False)


class Connection:
    """One connection to the cloud, of one thread at a time."""

    def __init__(self, address: tuple[str, int], timeout: float | None) -> None:
        self._socket = socket.create_connection(address, timeout)
        self._timeout = timeout
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def is_fit(self) -> bool:
        """Whether it is still open and silent, as one must be that waits for a request."""
        try:
            return not wait_for_read(self._socket, timeout=0.0)
        except (OSError, ValueError):
            return False

    def close(self) -> None:
        with contextlib.suppress(OSError):
            # The function may have closed the descriptor before.
            self._socket.close()

    def set_timeout(self, seconds: float | None) -> None:
        if seconds != self._timeout:
            self._socket.settimeout(seconds)
            self._timeout = seconds

    def send(self, message: bytes) -> None:
        try:
            self._socket.sendall(message)
        except (BrokenPipeError, ConnectionResetError):
            # Who closes early may have answered before, and that can be read.
            return

    def receive(self, method: str, url: str) -> tuple[Answer, bool]:
        """The answer, and whether the connection may be used again."""
        data = self._socket.recv(_PIECE)
        plain = _plain(data) if method != "HEAD" else None
        if plain is None:
            return self._receive_by_the_book(data, method, url)
        status, headers, start, length = plain
        stop = start + length
        parts, missing = [data[start:stop]], stop - len(data)
        while missing > 0:
            more = self._socket.recv(_PIECE)
            if not more:
                raise http.client.IncompleteRead(b"".join(parts), missing)
            parts.append(more[:missing])
            missing -= len(more)
        content = parts[0] if len(parts) == 1 else b"".join(parts)
        return Answer(url, status, headers, content), missing == 0

    def _receive_by_the_book(self, data: bytes, method: str, url: str) -> tuple[Answer, bool]:
        """An answer of any form, of which `data` has been read, by http.client as urllib3 has it."""
        response = http.client.HTTPResponse(_Read(self._socket, data), method=method)  # type: ignore[arg-type]
        try:
            response.begin()
            content = response.read()
        finally:
            response.close()
        headers = Headers((name, _FOLD.sub(" ", str(value))) for name, value in response.headers.items())
        return Answer(url, response.status, headers, content), not response.will_close


class _Read(io.RawIOBase):
    """A socket to http.client, of which the beginning was read already."""

    def __init__(self, sock: socket.socket, data: bytes) -> None:
        super().__init__()
        self._socket = sock
        self._data = data
        self._ended = not data

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._data:
            size = min(len(buffer), len(self._data))
            buffer[:size] = self._data[:size]
            self._data = self._data[size:]
            return size
        if self._ended:
            return 0
        return self._socket.recv_into(buffer)


def _plain(data: bytes) -> tuple[int, Headers, int, int] | None:
    """``(status, headers, where the body begins, its length)`` of an answer of the plain form: a whole head, a body of
    known length, and a connection that stays open. None: have http.client look at it."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or not data.startswith(b"HTTP/1.1 ") or not data[:end].isascii():
        return None
    status_line, *lines = data[:end].decode("ascii").split("\r\n")
    status = status_line[9:12]
    if not ("200" <= status <= "599") or status in _BODILESS or not status.isdigit() or status_line[12:13] != " ":
        return None
    headers = Headers()
    for line in lines:
        name, colon, value = line.partition(":")
        key = token(name)
        if not key or not colon or not value.isprintable():
            return None
        headers.add(key, name, value.lstrip(" "))
    length = headers.get("content-length", "")
    if not _LENGTH.fullmatch(length) or len(lines) > _MOST_LINES or not status_line.isprintable():
        return None
    if "transfer-encoding" in headers or "connection" in headers:
        return None
    return int(status), headers, end + 4, int(length)


@functools.lru_cache(256)
def token(name: str) -> str:
    """A header's name in lower case; "" for what is no name."""
    return name.lower() if _TOKEN.fullmatch(name) else ""
