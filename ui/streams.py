"""Server-sent events handed on from the cloud to the browser, which may speak to the console only.

Each open stream holds one of waitress's threads, so only some may be open at once; a page that gets none asks every few
seconds instead, which static/live.js does by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from flask import Flask, Response, abort, current_app

from ui.readers.types import CloudUnavailable, Console

MOST = 8
THREADS = MOST + 8
"""What waitress is given: pages are answered while every stream is open."""

BUFFERED_BYTES = 256 * 1024
"""Also for waitress: it keeps what it has sent of an answer until so much was sent, by itself 16 MB. A stream has no
end at which that would be let go."""


class Streams:
    """Counts the open streams of one console."""

    def __init__(self, most: int = MOST) -> None:
        self._free = threading.BoundedSemaphore(most)

    def take(self) -> bool:
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        self._free.release()


def install(app: Flask) -> None:
    app.extensions["streams"] = Streams()


def event_stream(path: str, params: dict[str, str]) -> Response:
    """The events of a control route. Answers 503 when too many streams are open."""
    console: Console = current_app.extensions["console"]
    streams: Streams = current_app.extensions["streams"]
    if not streams.take():
        abort(503, "Too many live pages are open. This one asks every few seconds instead.")
    response = Response(_events(console, path, params), content_type="text/event-stream")
    response.call_on_close(streams.give_back)
    return response


def _events(console: Console, path: str, params: dict[str, str]) -> Iterator[bytes]:
    yield b": open\n\n"
    try:
        with console.control.stream(path, params) as chunks:
            yield from chunks
    except CloudUnavailable:
        yield b"event: lost\ndata: {}\n\n"
