"""The HTTP values that parts hand to each other: plain data, no sockets.

Header names keep the case in which they arrived or will be sent; look-ups ignore it. Bodies are bytes.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

RawHeaders = list[tuple[str, str]]


class Headers:
    """An ordered multi-map of headers; names compare without case, and keep the case they came with."""

    __slots__ = ("_index", "items")

    def __init__(self, items: RawHeaders | None = None) -> None:
        self.items: RawHeaders = items if items is not None else []
        self._index: dict[str, list[str]] | None = None

    @classmethod
    def of_wire(cls, names: Iterable[bytes], pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
        """As a server's parser hands them over: `names` as the client wrote them, `pairs` with names in lower case."""
        items: RawHeaders = []
        index: dict[str, list[str]] = {}
        for name, (lower, raw) in zip(names, pairs, strict=True):
            value, key = raw.decode("latin-1"), lower.decode("latin-1")
            items.append((key if name == lower else name.decode("latin-1"), value))
            if key in index:
                index[key].append(value)
            else:
                index[key] = [value]
        headers = cls(items)
        headers._index = index
        return headers

    def _indexed(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = {}
        self._index = index
        for key, value in self.items:
            index.setdefault(key.lower(), []).append(value)
        return index

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`, or `default`."""
        # On every request's way a dozen times: nothing is called that need not be.
        index = self._index
        if index is None:
            index = self._indexed()
        values = index.get(name) or index.get(name.lower())
        return values[0] if values else default

    def get_all(self, name: str) -> list[str]:
        """Every value of `name`, in order."""
        index = self._indexed() if self._index is None else self._index
        return list(index.get(name.lower(), ()))

    def set(self, name: str, value: str) -> None:
        """Replace every header called `name` by this one."""
        wanted = name.lower()
        self.items = [item for item in self.items if item[0].lower() != wanted]
        self.items.append((name, value))
        self._index = None

    def add(self, name: str, value: str) -> None:
        """Append, keeping others of the same name (two ``Set-Cookie`` stay two)."""
        self.items.append((name, value))
        if self._index is not None:
            self._index.setdefault(name.lower(), []).append(value)

    def extend(self, items: RawHeaders) -> None:
        """Append them all."""
        self.items += items
        self._index = None

    def remove(self, name: str) -> None:
        wanted = name.lower()
        self.items = [item for item in self.items if item[0].lower() != wanted]
        self._index = None

    def remove_all(self, *names: str) -> None:
        """Remove the headers of each of `names`, which are in lower case."""
        self.items = [item for item in self.items if item[0].lower() not in names]
        if self._index is not None:
            for name in names:
                self._index.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def copy(self) -> Headers:
        return Headers(list(self.items))


@dataclass
class Request:
    """One HTTP request with its whole body.

    `raw_path` is the path as it was sent (percent-encoded, no query); `query_string` has no leading ``?``;
    `client` is the peer's address; `service` the AWS service it is for, as boto3 names it, empty where nobody said;
    `engine_path` the decoded path by which the embedded engine finds it, where that is another than `path`.
    """

    method: str
    raw_path: str
    query_string: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    scheme: str = "http"
    client: str = "127.0.0.1"
    service: str = ""
    engine_path: str = ""

    @cached_property
    def path(self) -> str:
        """The path, percent-decoded."""
        return unquote(self.raw_path)

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, decoded, in order, blank values kept."""
        return parse_qsl(self.query_string, keep_blank_values=True) if self.query_string else []

    def query_value(self, name: str) -> str | None:
        """The last value of the query key `name`, or None."""
        found = None
        for key, value in self.query:
            if key == name:
                found = value
        return found

    def json_object(self) -> dict[str, Any]:
        """The JSON object that is the body, anew each time; an empty one when the body is no such thing."""
        try:
            found = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def host(self) -> str:
        """The Host header as sent, in lower case, with its port."""
        return (self.headers.get("host") or "").lower()

    @property
    def hostname(self) -> str:
        """The Host header in lower case without its port and without the final dot of a complete name."""
        host = self.host
        if host.startswith("["):
            return host.partition("]")[0] + "]"
        return host.partition(":")[0].removesuffix(".")


@dataclass
class Response:
    """One HTTP response with its whole body."""

    status: int = 200
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @classmethod
    def json(cls, status: int, text: str, **headers: str) -> Response:
        """A JSON response; keyword names become header names with ``_`` turned into ``-``."""
        items = [("Content-Type", "application/json")]
        items += [(name.replace("_", "-"), value) for name, value in headers.items()]
        return cls(status, Headers(items), text.encode())


async def _nothing() -> AsyncGenerator[bytes, None]:
    return
    yield b""


@dataclass
class StreamedResponse(Response):
    """A response whose body is sent as it comes, without a length: `body` is not used. `chunks` is closed when it has
    ended or the client has hung up, whichever is first."""

    chunks: AsyncGenerator[bytes, None] = field(default_factory=_nothing)
