"""Follows functions' logs: the live stream of a local cloud, CloudWatch Logs elsewhere."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import IO
from urllib.parse import urlencode

from groundcloud.deploy.control import PREFIX
from groundcloud.deploy.functions import Function, LogLine
from groundcloud.errors import UserError


def follow_stream(
    endpoint: str, functions: Iterable[Function], account: str, region: str, history: Callable[[], list[LogLine]]
) -> Iterator[LogLine]:
    """The lines that `history` has, then those of `functions` as they are written, each once, until the cloud stops.
    Raises `UserError` when none answers."""
    labels = {function.name: function.logical_id or function.name for function in functions}
    query = [("account", account), ("region", region), *(("function", name) for name in labels)]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{endpoint}{PREFIX}/logs/stream?{urlencode(query)}") as response:
            # The stream is open: what is written from now on is in it, and perhaps in the history too.
            told = Counter(lines := sorted(history(), key=lambda line: line.created))
            yield from lines
            for name, data in events(response):
                if name == "line":
                    entry = json.loads(data)
                    label = labels.get(entry["function"], entry["function"])
                    line = LogLine(int(entry["timestamp"]), label, str(entry["message"]).rstrip("\n"))
                    if told[line]:
                        told[line] -= 1
                    else:
                        yield line
                elif name == "lost":
                    yield LogLine(0, "", f"[{json.loads(data)['lines']} lines were missed: too many at once]")
    except urllib.error.HTTPError as error:
        with error:
            raise UserError(f"The cloud does not show its log: status {error.code}") from error
    except OSError as error:
        raise UserError(f"No cloud answers at {endpoint}", "Start it with `make up`") from error


def events(stream: IO[bytes] | Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The server-sent events in `stream`: name and data. Comments are passed over."""
    name, data = "", ""
    for raw in stream:
        line = raw.decode().rstrip("\n")
        if not line and data:
            yield name, data
            name, data = "", ""
        elif line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data += line.removeprefix("data: ")
