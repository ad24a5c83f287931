"""Fixtures shared by every test, over those of the test kit (`groundcloud.testing.plugin`), which gives `account`,
`mailbox`, `deployed`, `invoke`, `traces` and `clock`. The helpers behind them are plain classes in `tests/support`.

One cloud for each pytest-xdist worker; each test gets an account of its own in it, so tests run in any order and in
parallel without resets.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator

import httpx
import pytest

from tests.support import engines, processes
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.console import Console
from tests.support.hangs import Hangs
from tests.support.systems import CloudTask, Greeting


def pytest_addoption(parser: pytest.Parser) -> None:
    choices = (engines.EMBEDDED, engines.LOCALSTACK)
    parser.addoption("--engine", choices=choices, default=engines.EMBEDDED, help="what stands behind the cloud")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Hangs(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    engines.choose(config, items)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it for each test."""
    gc.freeze()


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on just now."""
    return processes.free_port()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Cloud]:
    """A running cloud, shared by the tests of this worker: work in the `account` you get, name your own things."""
    if pytestconfig.getoption("--engine") != engines.EMBEDDED:
        with engines.localstack_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
            yield cloud
        return
    cloud = Cloud(tmp_path_factory.mktemp("cloud")).start()
    yield cloud
    alive = cloud.child.running
    cloud.close()
    assert alive, f"the cloud died during the tests\n{cloud.child.log_tail()}"


@pytest.fixture(scope="session")
def clouds(pytestconfig: pytest.Config) -> engines.Clouds:
    """``with clouds(folder, iam="audit") as cloud:`` a cloud of its own, for what stops, resets or configures it."""
    return functools.partial(engines.cloud_of_its_own, pytestconfig.getoption("--engine"))


@pytest.fixture
def aws(cloud: Cloud, account: str) -> Iterator[Aws]:
    """boto3 in this test's account: `aws.client("dynamodb")`."""
    aws = Aws(cloud.endpoint, account)
    yield aws
    aws.close()


@pytest.fixture
def http(cloud: Cloud) -> httpx.Client:
    """HTTP to the cloud; `*.localhost` and AWS host names in a URL reach it too."""
    return cloud.http


@pytest.fixture(scope="session")
def console(cloud: Cloud) -> Iterator[Console]:
    """The console in front of the worker's cloud."""
    console = Console(cloud.environ, cloud.home / "logs" / "test-console.log").start()
    yield console
    console.stop()


@pytest.fixture(scope="session")
def cloudtask(cloud: Cloud) -> CloudTask:
    """CloudTask, deployed once into the default account of the worker's cloud. Sign up users of your own in it."""
    return CloudTask(cloud)


@pytest.fixture(scope="session")
def greeting(cloud: Cloud) -> Greeting:
    """Greeting, deployed once into the default account of the worker's cloud. Register users of your own in it."""
    return Greeting(cloud)
