"""Where the cloud listens. Sockets are bound here, and nobody is let in."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys

import pytest

from groundcloud.ports import Scope
from groundcloud.server import listen
from groundcloud.settings import Settings
from groundcloud.warmup import LIBRARIES, Warmup
from tests.support.edge import FakeCaller
from tests.support.processes import free_port

LATER = "zipapp"
"""A module that nobody needs."""


def test_it_listens_where_it_is_known(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(host="localhost", port=free_port())
    with listen(settings) as listener:
        assert listener.getsockname() == ("127.0.0.1", settings.port)
    assert caplog.records == []


def test_in_a_container_it_listens_elsewhere_and_says_what_that_means(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(bind="0.0.0.0", port=free_port())
    with caplog.at_level(logging.WARNING), listen(settings) as listener:
        assert listener.getsockname() == ("0.0.0.0", settings.port)
    assert settings.endpoint == f"http://127.0.0.1:{settings.port}"
    assert "Listening on 0.0.0.0" in caplog.text
    assert "publish its port on 127.0.0.1 only" in caplog.text


def test_a_start_imports_no_library_that_it_does_not_need() -> None:
    code = "import sys, groundcloud.server, groundcloud.warmup as w; print(sorted(set(w.LIBRARIES) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "[]\n"


def test_what_a_start_does_not_wait_for_is_imported_after_it() -> None:
    settled = []

    async def start() -> None:
        default = Scope("000000000000", "us-east-1")
        needed: asyncio.Queue[list[str]] = asyncio.Queue()
        warmup = Warmup(FakeCaller(), default, lambda: settled.append(True), needed.get)
        warmup.start()
        async with asyncio.timeout(300):
            while not settled:
                await asyncio.sleep(0.01)
            assert set(LIBRARIES) <= set(sys.modules)
            needed.put_nowait([LATER])
            while LATER not in sys.modules:
                await asyncio.sleep(0.01)
        warmup.stop()

    sys.modules.pop(LATER, None)
    asyncio.run(start())
