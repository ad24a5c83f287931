"""What docker-compose.yml starts, started here: each service's own command with its own settings and its own health
check, read from the file. Only names and folders of containers become those of this machine.

Where no Docker runs this is what shows that the file means what it should: `tests/support/on_this_host.py`.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from bootstrap import compose
from bootstrap.compose import Docker, Done
from bootstrap.database import Database, binary
from bootstrap.process import start, stop
from groundcloud.deploy.deployer import DeployRequest, deployer_for
from groundcloud.settings import Settings
from tests.fakes.deploy_reporter import MemoryReporter
from tests.fakes.fake_docker_api import Program
from tests.support.aws import Aws
from tests.support.compose import Service, services
from tests.support.docker import fake_localstack_image, localstack_image
from tests.support.on_this_host import LOOPBACK, on_this_host
from tests.support.processes import Child, clean_environ, poll, quiet_port
from tests.support.templates import NOTES

SECONDS = 60
"""Far above what a start takes: the machine may be busy."""

LOCALSTACK_SECONDS = 240


def python_of(command: list[str]) -> list[str]:
    """The words behind `python`, which is this one."""
    assert command[0] == "python"
    return command[1:]


def listens(port: int) -> bool:
    """Asked before a health check, which is a process."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def port_of(service: Service) -> int:
    """Where it is published: the same as where it listens."""
    return int(service.ports[0].split(":")[1])


def is_well(service: Service, environ: Mapping[str, str]) -> bool:
    """Run the health check as Docker would."""
    kind, program, *words = service.healthcheck["test"]
    assert kind == "CMD"
    path = sys.executable if program == "python" else binary(program)
    return subprocess.run([path, *words], env=environ, capture_output=True, check=False).returncode == 0


@contextmanager
def running(service: Service, folder: Path, elsewhere: Mapping[tuple[str, int], int]) -> Iterator[Child]:
    """One of our two services, started and found well by its own health check."""
    environ = clean_environ(**on_this_host(service.environment, folder, elsewhere))
    child = Child(python_of(list(service.command)), environ=environ, log=folder / f"{service.name}.log")
    try:
        well = partial(is_well, service, environ)
        child.wait_until(
            lambda: listens(port_of(service)) and well(), timeout=SECONDS, what=f"{service.name} to be well"
        )
        yield child
    finally:
        if child.running:
            child.kill()


def test_the_database(tmp_path: Path) -> None:
    service = services({"DATABASE_PASSWORD": "correct-horse"})["database"]
    program, *words = service.command
    options = dict(each.split("=", 1) for each in words if each != "-c")
    assert (program, options) == ("postgres", {"listen_addresses": "*", "port": "5432"})
    port, password = quiet_port(), service.environment["POSTGRES_PASSWORD"]
    database = Database(tmp_path / "database", port, "DATABASE_PORT", "make up", password)
    database.prepare()
    process = start("database", list(database.command(options)), "", tmp_path / "log", tmp_path)
    try:
        environ = clean_environ(PGHOST=LOOPBACK, PGPORT=str(port))
        poll(lambda: listens(port) and is_well(service, environ), timeout=SECONDS, what="the database's health check")
        with psycopg.connect(host=LOOPBACK, port=port, user="postgres", password="correct-horse") as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("postgres",)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=LOOPBACK, port=port, user="postgres", password="wrong")
    finally:
        stop(process)


@contextmanager
def localstack(service: Service, folder: Path, elsewhere: dict[tuple[str, int], int], image: Program) -> Iterator[None]:
    """LocalStack's service, found well by its own health check. `image` is what its image runs here."""
    environment = on_this_host(service.environment, folder, elsewhere)
    inside, port = 4566, elsewhere["localstack", 4566]
    process = image(environment, {inside: port}, folder)
    check = [word.replace(f"127.0.0.1:{inside}", f"127.0.0.1:{port}") for word in service.healthcheck["test"][1:]]
    try:
        poll(
            lambda: (
                not process.running or (listens(port) and subprocess.run(check, capture_output=True).returncode == 0)
            ),
            timeout=LOCALSTACK_SECONDS,
            what="the health check of localstack",
        )
        assert process.running, process.output()
        yield
    finally:
        process.kill()


class HostCompose(Docker):
    """`docker compose up` and `down` of the services that make the profile, as processes of this machine. `image` is
    what LocalStack's image runs."""

    def __init__(self, variables: dict[str, str], image: Program, folder: Path) -> None:
        self._variables, self._image, self._folder = variables, image, folder
        self._up = ExitStack()

    def run(self, arguments: Sequence[str], variables: dict[str, str] | None = None, log: Path | None = None) -> Done:
        if "up" in arguments:
            self._start(services(self._variables | (variables or {})))
        elif "down" in arguments:
            self._up.close()
        return Done(0)

    def _start(self, known: dict[str, Service]) -> None:
        elsewhere = {("localstack", 4566): quiet_port()}
        with ExitStack() as up:
            up.enter_context(localstack(known["localstack"], self._folder, elsewhere, self._image))
            for name in ("cloud", "ui"):
                up.enter_context(running(known[name], self._folder, elsewhere))
            self._up = up.pop_all()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(profile="localstack", home=tmp_path / "home", port=quiet_port(), ui_port=quiet_port())


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(fake_localstack_image, id="stand-in"),
        pytest.param(localstack_image, id="localstack", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_up_deploys_into_what_compose_started_and_down_ends_it(
    image: Program, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    template = tmp_path / "app" / "template.yaml"
    template.write_text(NOTES)
    ports = {"GROUNDCLOUD_PORT": str(settings.port), "GROUNDCLOUD_UI_PORT": str(settings.ui_port)}
    docker, reporter = HostCompose(ports, image, tmp_path), MemoryReporter()
    try:
        assert compose.start(settings, template.parent, reporter, docker) == ("cloud", "console")
        check_addresses(settings)
        deployer_for(settings, reporter).deploy(DeployRequest(template, "notes"))
        with closing(Aws(settings.endpoint, "test")) as aws:
            names = aws.client("dynamodb").list_tables()["TableNames"]
            assert [name.partition("-")[0] for name in names] == ["notes"]
    finally:
        compose.end(settings, False, reporter, docker)
    with pytest.raises(httpx.TransportError):
        httpx.get(settings.endpoint, trust_env=False)


def check_addresses(settings: Settings) -> None:
    with httpx.Client(trust_env=False, timeout=30) as client:
        about = client.get(f"{settings.endpoint}/_groundcloud/v1/health").json()
        assert (about["status"], about["engine"]) == ("ok", "localstack")
        check_names(client, settings.endpoint)
        page = client.get(settings.ui_url)
        assert page.status_code == 200
        assert settings.endpoint in page.text, "the console shows the address outside its container"


def check_names(client: httpx.Client, address: str) -> None:
    """The cloud answers to the name that the other containers call it by, and to no name of the network it is on."""
    port = address.rpartition(":")[2]
    statuses = {
        name: client.get(f"{address}/_groundcloud/v1/health", headers={"Host": f"{name}:{port}"}).status_code
        for name in ("cloud", "localhost", "0.0.0.0", "192.168.1.5", "cloud.evil.example")
    }
    assert statuses == {"cloud": 200, "localhost": 200, "0.0.0.0": 403, "192.168.1.5": 403, "cloud.evil.example": 403}
