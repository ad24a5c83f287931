"""The engine behind the session's cloud: `pytest --engine=localstack` runs the tests that use the shared cloud over
LocalStack, started here without Docker.

What LocalStack makes impossible is known, test by test, with the reason (`tests/localstack.toml`); such a test has to
fail, and one that passes after all is an error.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundcloud.hostengine.engine import HostEngine
from tests.support.cloud import Cloud
from tests.support.localstack import launch
from tests.support.processes import ROOT, quiet_port

EMBEDDED, LOCALSTACK = "embedded", "localstack"
FILE = ROOT / "tests" / "localstack.toml"
SUITES = ("contract/", "systems/")
ANSWER_SECONDS = 60.0
"""For one answer to HTTP: what LocalStack is asked for the first time it imports."""

TIMEOUT = 600
"""Seconds for a test over LocalStack, which is slower, and first of all has to be started."""


@dataclass(frozen=True)
class Difference:
    """`why` is a sentence. A test that only `may` fail is not run: whether it passes, chance says."""

    why: str
    may: bool = False


@dataclass(frozen=True)
class Parity:
    """`apart` is why tests of a module use no engine or one of their own, `left` why a module does not run though its
    tests use the cloud, both by module, as ``contract/test_lambda_urls.py``. `differences` are by test, as
    ``contract/test_lambda_urls.py::test_name`` for all of its parameters, or with one's id."""

    apart: Mapping[str, str]
    left: Mapping[str, str]
    differences: Mapping[str, Difference]

    def of(self, test: str) -> Difference | None:
        return self.differences.get(test) or self.differences.get(test.partition("[")[0])


@functools.cache
def parity(file: Path = FILE) -> Parity:
    """What the file says. Raises `ValueError` for a module that is not there."""
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    apart, left = (_by_module(read.pop(name)) for name in ("apart", "left"))
    missing = [name for name in {*apart, *left, *read} if not (ROOT / "tests" / name).is_file()]
    if missing:
        raise ValueError(f"{file} names modules that are not there: {', '.join(missing)}")
    rows = {f"{module}::{name}": row for module, found in read.items() for name, row in found.items()}
    known = {name: Difference(**row) if isinstance(row, dict) else Difference(row) for name, row in rows.items()}
    return Parity(apart, left, known)


def _by_module(groups: list[Mapping[str, Any]]) -> dict[str, str]:
    return {module: str(group["why"]) for group in groups for module in group["modules"]}


Clouds = Callable[..., AbstractContextManager[Cloud]]
"""``clouds(folder, **settings)`` is a cloud over the session's kind of engine, which the caller may stop and start."""


@contextmanager
def cloud_of_its_own(engine: str, folder: Path, **settings: str) -> Iterator[Cloud]:
    """A cloud that nobody shares. Over LocalStack, which goes on running while the cloud is stopped."""
    if engine != EMBEDDED:
        with localstack_cloud(folder, **settings) as cloud:
            yield cloud
        return
    cloud = Cloud(folder, **settings)
    try:
        yield cloud.start()
    finally:
        cloud.close()


@contextmanager
def localstack_cloud(folder: Path, **settings: str) -> Iterator[Cloud]:
    """A cloud over a LocalStack of its own."""
    port = quiet_port()
    with HostEngine(launch(folder / "localstack", f"http://127.0.0.1:{port}")) as engine:
        cloud = Cloud(folder / "cloud", port=port, profile=LOCALSTACK, localstack_url=engine.address, **settings)
        cloud.http.timeout = httpx.Timeout(ANSWER_SECONDS)
        try:
            yield cloud.start()
        finally:
            cloud.close()


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Over LocalStack: only what uses the shared cloud, or one like it, with the known differences marked."""
    if config.getoption("--engine") == EMBEDDED:
        return
    known = parity()
    chosen = [item for item in items if _is_on_the_cloud(item) and _module(item) not in known.left]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen
    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT))
        found = known.of(item.nodeid.removeprefix("tests/"))
        if found is not None:
            item.add_marker(pytest.mark.xfail(reason=found.why, strict=True, run=not found.may))


def _module(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0].removeprefix("tests/")


def _is_on_the_cloud(item: pytest.Item) -> bool:
    return _module(item).startswith(SUITES) and not {"cloud", "clouds"}.isdisjoint(getattr(item, "fixturenames", ()))
