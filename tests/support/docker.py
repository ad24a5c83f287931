"""testcontainers in front of a Docker that runs processes of this machine: what our images run here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from testcontainers.core.config import ConnectionMode, testcontainers_config

from bootstrap.process import is_running, start, stop
from groundcloud.hostengine.engine import end_left_over
from groundcloud.hostengine.launch import Launch
from tests.fakes.fake_docker_api import Engine, Process, Program, served
from tests.support.compose import services
from tests.support.localstack import installed
from tests.support.on_this_host import LOOPBACK
from tests.support.processes import Child, clean_environ


class StandIn:
    """A container's process in the quick tests: a tiny server that answers everything with what it was told."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        body = json.dumps({"environment": environment}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer((LOOPBACK, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def output(self) -> str:
        return "listening\n"

    def kill(self) -> None:
        if self.running:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


class Running(Child):
    """A container's process."""

    def output(self) -> str:
        return self.log.read_text(errors="replace")


def stand_in(environment: dict[str, str], ports: dict[int, int], _folder: Path) -> Process:
    """What answers for an image in the quick tests."""
    return StandIn(environment, *ports.values())


def broken(environment: dict[str, str], _ports: dict[int, int], folder: Path) -> Process:
    """An image whose program ends with a complaint."""
    words = ["-c", "import sys; sys.exit('Unknown setting GROUNDCLOUD_PROT')"]
    return Running(words, environ=clean_environ(**environment), log=folder / "log")


def cloud_image(environment: dict[str, str], _ports: dict[int, int], folder: Path) -> Process:
    """The real cloud, by the command that docker-compose.yml gives it."""
    return Running(list(services()["cloud"].command[1:]), environ=clean_environ(**environment), log=folder / "log")


def fake_localstack_image(environment: dict[str, str], ports: dict[int, int], folder: Path) -> Process:
    """LocalStack by appearance: its own routes and the plugin's, and ministack behind them."""
    words = ["-m", "tests.fakes.fake_localstack", str(ports[4566]), "session"]
    return Running(words, environ=clean_environ(**environment), log=folder / "localstack.log")


class ContainedLocalStack:
    """LocalStack itself with our plugin, without Docker."""

    def __init__(self, launch: Launch) -> None:
        self._launch, self._log = launch, launch.folder / "log"
        launch.prepare()
        self._process = start("localstack", list(launch.command), launch.address, self._log, launch.folder)

    @property
    def running(self) -> bool:
        return is_running(self._process)

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        stop(self._process)
        end_left_over(self._launch.folder)


def localstack_image(environment: dict[str, str], ports: dict[int, int], folder: Path) -> Process:
    """LocalStack itself. What its container is told wins over what it is told on a host."""
    settings = {name: value for name, value in environment.items() if value}
    cloud_url = environment["GROUNDCLOUD_URL"]
    return ContainedLocalStack(
        Launch(installed(), folder / "localstack", ports[4566], cloud_url=cloud_url, settings=settings)
    )


@contextmanager
def docker_of(images: dict[str, Program], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A Docker engine that has `images`, and testcontainers pointed at it. Its reaper is a container with Docker's
    socket in it, which a fake has not: off, by testcontainers' own setting. Another of its settings says that published
    ports are on this machine, though this may be a container."""
    engine = Engine(images, folder)
    with served(engine) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
        monkeypatch.setattr(testcontainers_config, "connection_mode_override", ConnectionMode.docker_host)
        yield engine
