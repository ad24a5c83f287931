"""Where the cloud listens. Sockets are bound here, and nobody is let in."""

from __future__ import annotations

import logging

import pytest

from groundcloud.server import listen
from groundcloud.settings import Settings
from tests.support.processes import free_port


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
