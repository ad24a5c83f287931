"""What a container is told, told to a process of this machine that stands for it.

In a container names of other containers are addresses, every address of it is its own, and its folders are fixed. Here
the names become 127.0.0.1 with the port at which the other really listens, and the folders lie below one of the test's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
_OTHER = re.compile(r"http://(?P<name>[a-z]+):(?P<port>\d+)")
_FOLDERS = ("/var/lib/groundcloud", "/app")


def on_this_host(
    environment: Mapping[str, str], folder: Path, elsewhere: Mapping[tuple[str, int], int] | None = None
) -> dict[str, str]:
    """`environment` for a process here. `elsewhere` says where what listens on a port of a container listens here, by
    the container's name; without an entry the port is the same. `folder` stands for the container's own."""
    moved = elsewhere or {}

    def here(found: re.Match[str]) -> str:
        port = int(found["port"])
        return f"http://{LOOPBACK}:{moved.get((found['name'], port), port)}"

    def told(value: str) -> str:
        if value == "0.0.0.0":
            return LOOPBACK
        if value in _FOLDERS:
            (folder / value.strip("/")).mkdir(parents=True, exist_ok=True)
            return str(folder / value.strip("/"))
        return _OTHER.sub(here, value)

    return {name: told(value) for name, value in environment.items()}
