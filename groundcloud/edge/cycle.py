"""A short way past ASGI's messages, for what is whole already: a body that came with its head, an answer known to its
end. What else a request and its answer do on a connection stays uvicorn's `RequestResponseCycle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

from groundcloud.edge.onewrite import OneWrite

CYCLE = "groundcloud.cycle"
"""Scope key of the connection's cycle, on our own server; a scope made in this process has none."""


def take_body(cycle: RequestResponseCycle) -> bytes | None:
    """The request's body if all of it has come and nobody has read of it; else None, and it comes by messages."""
    if cycle.more_body or cycle.disconnected or cycle.response_complete or cycle.waiting_for_100_continue:
        return None
    body, cycle.body = bytes(cycle.body), bytearray()
    # As after the last message: what comes next is that the client leaves.
    cycle.more_body = True
    cycle.message_event.clear()
    return body


def length_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The length that an answer names, if it names one."""
    for name, value in headers:
        if len(name) == 14 and name.lower() == b"content-length":
            return value
    return None


def pass_on(cycle: RequestResponseCycle, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
    """`answer` with what somebody else has made. False also for what uvicorn would refuse or frame in another way."""
    if length_of(headers) != b"%d" % len(body) or status < 200 or status in (204, 304):
        return False
    names, values = b"".join([name for name, _ in headers]), b"".join([value for _, value in headers])
    if HEADER_RE.search(names) or HEADER_VALUE_RE.search(values) or b"transfer-encoding" in names.lower():
        return False
    return answer(cycle, status, headers, body)


def answer(cycle: RequestResponseCycle, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> bool:
    """Send a whole answer in one packet. False when that has to be done by messages: the client is slow, or gone.

    `headers` are what HTTP can carry, and give the length of `body`, which is empty where the request or the status
    wants none."""
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    parts, closes = [STATUS_LINE[status]], False
    for name, value in (*cycle.default_headers, *headers):
        parts += (name, b": ", value, b"\r\n")
        closes = closes or (len(name) == 10 and name.lower() == b"connection" and b"close" in value.lower())
    if closes:
        cycle.keep_alive = False
    parts.append(b"\r\n" if closes or cycle.keep_alive else b"connection: close\r\n\r\n")
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    transport = cycle.transport
    if isinstance(transport, OneWrite):
        transport.write_whole(b"".join(parts), body)
    else:
        transport.write(b"".join([*parts, body]))
    cycle.message_event.set()
    if not cycle.keep_alive:
        transport.close()
    cycle.on_response()
    return True
