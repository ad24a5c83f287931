"""Starts the cloud that a session asks for, and ends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from groundcloud.errors import UserError
from groundcloud.settings import read_settings
from groundcloud.testing.cloud import Cloud, EmbeddedCloud
from groundcloud.testing.process import environ
from groundcloud.testing.python import find_python

CACHE = Path("~/.cache/groundcloud/environments")
_QUIET = {"persist": "0", "reload": "0"}
"""Nothing of a session is read again, and what was deployed runs, whatever is saved meanwhile."""


@contextmanager
def started(config: pytest.Config, home: Path, settings: Mapping[str, str]) -> Iterator[Cloud]:
    """The cloud of `--cloud`. Raises `UserError` when it cannot be had."""
    kind = str(config.getoption("--cloud"))
    if kind.startswith(("http://", "https://")):
        yield from _running(kind)
    elif kind == "localstack":
        yield from _localstack(settings)
    elif kind == "embedded":
        yield from _embedded(config, home, settings)
    else:
        raise UserError(
            f"--cloud={kind} is not known", "Use embedded, localstack or an address (http://127.0.0.1:4566)"
        )


def _running(endpoint: str) -> Iterator[Cloud]:
    cloud = Cloud(endpoint)
    try:
        if not cloud.healthy():
            raise UserError(f"No cloud answers at {endpoint}", "Start it with `make up`, or leave --cloud out")
        yield cloud
    finally:
        cloud.close()


def _embedded(config: pytest.Config, home: Path, settings: Mapping[str, str]) -> Iterator[Cloud]:
    asked = str(config.getoption("--cloud-python")) or read_settings(environ()).python
    python = find_python(asked, CACHE.expanduser(), home, lambda text: _tell(config, text))
    cloud = EmbeddedCloud(home, python=python, app_root=config.rootpath, settings={**_QUIET, **settings})
    try:
        yield cloud.start()
    finally:
        cloud.close()


def _localstack(settings: Mapping[str, str]) -> Iterator[Cloud]:
    try:
        from groundcloud.testing.containers import ContainedCloud, LocalStackCloud
    except ModuleNotFoundError as error:
        raise UserError(
            f"--cloud=localstack needs {error.name}, which is not installed", "pip install 'groundcloud[containers]'"
        ) from error
    told = {f"GROUNDCLOUD_{name.upper()}": value for name, value in {**_QUIET, **settings}.items()}
    token = environ().get("LOCALSTACK_AUTH_TOKEN", "")
    with LocalStackCloud(settings=told, auth_token=token) as containers:
        cloud = ContainedCloud(containers)
        try:
            yield cloud
        finally:
            cloud.close()


def _tell(config: pytest.Config, text: str) -> None:
    """On the terminal, past the capture: it takes a while."""
    capture = config.pluginmanager.getplugin("capturemanager")
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if capture is None or terminal is None:
        return  # a worker of pytest-xdist has no terminal
    with capture.global_and_fixture_disabled():
        terminal.write_line(f"groundcloud: {text}")
