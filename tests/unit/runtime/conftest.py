"""What tests of a function's own way to the cloud share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from groundcloud.runtime.python.connection import Connection
from groundcloud.runtime.python.transport import Transport
from tests.support.scripted_server import Play, ScriptedServer


@pytest.fixture
def clouds() -> Iterator[Callable[..., ScriptedServer]]:
    made: list[ScriptedServer] = []

    def make(*plays: Play | bytes) -> ScriptedServer:
        made.append(ScriptedServer(plays))
        return made[-1]

    yield make
    for cloud in made:
        cloud.close()


@pytest.fixture
def transports() -> Iterator[Callable[[str], Transport]]:
    made: list[Transport] = []

    def make(url: str) -> Transport:
        made.append(Transport(Connection))
        made[-1].open(url)
        return made[-1]

    yield make
    for transport in made:
        transport.forget()
