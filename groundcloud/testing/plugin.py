"""The pytest plugin: a cloud for the session, an account for each test, and what is in it. See docs/testing.md.

pytest finds it by its entry point. Fixtures of the same names in a project's conftest.py replace it, piece by piece.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import boto3

    from groundcloud.testing.clock import CloudClock
    from groundcloud.testing.cloud import Cloud
    from groundcloud.testing.deployed import Deployed, Invoked
    from groundcloud.testing.mailbox import Mailbox
    from groundcloud.testing.stage import Applications, Stage
    from groundcloud.testing.traces import Traces

EMBEDDED, LOCALSTACK = "embedded", "localstack"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("groundcloud", "a local AWS cloud for tests")
    told = f"{EMBEDDED}: start one (the default); {LOCALSTACK}: start LocalStack's images; http://…: use that one"
    group.addoption("--cloud", default=EMBEDDED, metavar="CLOUD", help=told)
    group.addoption("--cloud-python", default="", metavar="PYTHON", help="a Python that has groundcloud[cloud]")


@pytest.fixture(scope="session")
def cloud_settings() -> dict[str, str]:
    """Settings of the session's cloud, by their names without prefix, in lower case: ``{"iam": "audit"}``. For a
    project's conftest.py to replace."""
    return {}


@pytest.fixture(scope="session")
def cloud(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cloud_settings: dict[str, str]
) -> Iterator[Cloud]:
    """The session's cloud: one for each worker of pytest-xdist, on a free port, in a folder of its own."""
    from groundcloud.errors import UserError
    from groundcloud.testing.report import sentence
    from groundcloud.testing.start import started

    with ExitStack() as ended:
        try:
            found = ended.enter_context(started(request.config, tmp_path_factory.mktemp("cloud"), cloud_settings))
        except (UserError, AssertionError) as error:
            pytest.fail(sentence(error), pytrace=False)
        yield found
        running, log = found.running, found.log_tail()
    if not running:
        pytest.fail(f"the cloud died during the tests\n{log}", pytrace=False)


@pytest.fixture(scope="session")
def _applications(cloud: Cloud, request: pytest.FixtureRequest) -> Iterator[Applications]:
    """Templates that were made ready in this session."""
    from groundcloud.testing.stage import Applications

    applications = Applications(cloud, request.config.rootpath)
    yield applications
    applications.close()


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[str]:
    """A 12-digit account that no other test uses. In a cloud that outlives the session it is emptied in the end."""
    from groundcloud.testing.account import new_account

    account = new_account()
    yield account
    if cloud := _cloud_of(request.node):
        cloud.release(account)


@pytest.fixture
def _stage(_applications: Applications, account: str) -> Iterator[Stage]:
    stage = _applications.stage(account)
    yield stage
    stage.close()


@pytest.fixture
def aws(
    cloud: Cloud, account: str, _applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> Iterator[boto3.Session]:
    """A boto3 session of the account's administrator. While the test runs it is boto3's default one, and the
    environment says the same: code under test that calls ``boto3.client("dynamodb")``, and any command line tool, means
    this account."""
    import boto3

    from groundcloud.testing.account import UNSET, variables

    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables(cloud.endpoint, account, cloud.region).items():
        monkeypatch.setenv(name, value)
    with _applications.sessions.of(account, cloud.region) as session:
        # It would keep the credentials of the first test that asked for a client.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        yield session


@pytest.fixture
def deployed(_stage: Stage) -> Callable[..., Deployed]:
    """``deployed("template.yaml", "stack", Parameter="value")`` deploys a SAM or CloudFormation template into the
    test's account. The path is relative to pytest's root. Packages and transforms are made once a session."""
    return _stage.deploy


@pytest.fixture
def invoke(_stage: Stage) -> Callable[..., Invoked]:
    """``invoke("LogicalId", {"an": "event"})`` calls a function of the test's account, by logical id or name."""
    return _stage.invoke


@pytest.fixture
def mailbox(cloud: Cloud) -> Mailbox:
    """The cloud's inbox: everything that it would have mailed. Recipients are the test's own to choose."""
    from groundcloud.testing.mailbox import Mailbox

    return Mailbox(cloud)


@pytest.fixture
def traces(cloud: Cloud, account: str) -> Traces:
    """What the cloud sees of this test."""
    from groundcloud.testing.traces import Traces

    return Traces(cloud, account)


@pytest.fixture
def clock(cloud: Cloud) -> Iterator[CloudClock]:
    """Lets time pass in the cloud. It is the whole worker's cloud, so the test puts it back in the end."""
    from groundcloud.testing.clock import CloudClock

    clock = CloudClock(cloud)
    yield clock
    clock.back()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under a failed test that used the cloud: the calls that went wrong, and what the cloud logged meanwhile."""
    cloud = _cloud_of(item)
    if cloud is None:
        return (yield)
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        _shorten(call.excinfo.value)
    report = yield
    if report.failed:
        _explain(report, cloud, getattr(item, "funcargs", {}).get("account"))
    if report.when == "teardown":
        cloud.mark_log()
    return report


def _cloud_of(item: pytest.Item) -> Cloud | None:
    """The cloud that the test used, if it is one of ours: a project may have replaced the fixture."""
    used: dict[str, Any] = getattr(item, "funcargs", {})
    if "cloud" not in used:
        return None
    from groundcloud.testing.cloud import Cloud

    return used["cloud"] if isinstance(used["cloud"], Cloud) else None


def _shorten(error: BaseException) -> None:
    from groundcloud.testing.report import shorten

    shorten(error)


def _explain(report: pytest.TestReport, cloud: Cloud, account: str | None) -> None:
    from groundcloud.testing.report import notable_calls
    from groundcloud.testing.traces import Traces

    if account and cloud.running:
        heading, calls = notable_calls(Traces(cloud, account))
        if calls:
            report.sections.append((heading, calls))
    if log := cloud.log_tail(whole=False):
        report.sections.append(("log of the cloud", log))
