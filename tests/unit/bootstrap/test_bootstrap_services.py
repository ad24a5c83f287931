"""Starting what is not running, and saying why when it cannot be."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap import ports
from bootstrap.process import is_running, start, stop
from bootstrap.runfile import RunFile
from bootstrap.services import Service, answers, check_ports, cloud, console, ensure
from bootstrap.systems import ROOT, SYSTEMS
from bootstrap.up import App, _app_root, start_services, wanted_systems
from groundcloud.errors import UserError
from groundcloud.settings import read_settings
from tests.fakes.deploy_reporter import MemoryReporter
from tests.support.processes import free_port as a_free_port
from tests.support.processes import poll

SERVER = """
import http.server, sys
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""


TEMPLATE = "Resources: {Queue: {Type: AWS::SQS::Queue}}"


def service(port: int, code: str = SERVER) -> Service:
    return Service("thing", (sys.executable, "-c", code, str(port)), "127.0.0.1", port, "/", "GROUNDCLOUD_THING")


class World:
    """A working folder; what is started in it is ended with it."""

    def __init__(self, home: Path) -> None:
        self.runfile = RunFile(home / "run.json")
        self.logs = home / "logs"
        self.reporter = MemoryReporter()

    def ensure(self, wanted: Service) -> bool:
        return ensure(wanted, self.runfile, self.logs, self.reporter)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    it = World(tmp_path)
    yield it
    for process in it.runfile.all():
        stop(process)


def test_it_is_started_once(world: World, free_port: int) -> None:
    assert world.ensure(service(free_port))
    noted = world.runfile.get("thing")
    assert noted is not None
    assert answers(service(free_port))
    assert not world.ensure(service(free_port))
    assert world.runfile.get("thing") == noted


def test_one_that_died_is_told_with_the_end_of_its_log_and_started_again(world: World, free_port: int) -> None:
    world.ensure(service(free_port))
    first = world.runfile.get("thing")
    assert first is not None
    with Path(first.log).open("a") as log:
        log.write("its last words\n")
    os.killpg(first.pid, signal.SIGKILL)
    ended = lambda: not is_running(first) and ports.is_free("127.0.0.1", free_port)  # noqa: E731
    poll(ended, timeout=60, what="its end")
    assert world.ensure(service(free_port))
    assert "The thing had died" in world.reporter.warnings[0]
    assert "its last words" in world.reporter.warnings[0]


def test_one_that_is_still_starting_is_waited_for(world: World, free_port: int, tmp_path: Path) -> None:
    """`make up` that was interrupted, and at once `make up` again."""
    gate = tmp_path / "gate"
    closed = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.05)\n"

    def opening(wanted: Service, seconds: float) -> bool:
        gate.touch()
        return answers(wanted, seconds)

    wanted = replace(service(free_port, closed + SERVER), probe=opening)
    world.runfile.add(start("thing", list(wanted.command), wanted.address, world.logs / "thing.log", tmp_path))
    assert not world.ensure(wanted)
    assert answers(wanted)


def test_a_busy_port_names_who_has_it_and_what_to_set(world: World) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError) as caught:
            world.ensure(service(port))
    assert f"Port {port} for the thing is in use by" in caught.value.message
    assert f"(pid {os.getpid()})" in caught.value.message
    assert f"GROUNDCLOUD_THING={port + 1} make up" in caught.value.hint
    assert world.runfile.all() == []


def test_one_that_does_not_start_leaves_nothing_noted(world: World, free_port: int) -> None:
    with pytest.raises(UserError, match="did not start") as caught:
        world.ensure(service(free_port, "raise SystemExit('cannot')"))
    assert "cannot" in caught.value.message
    assert world.runfile.all() == []


def test_another_port_than_the_one_that_runs_is_refused(world: World, free_port: int) -> None:
    world.ensure(service(free_port))
    with pytest.raises(UserError, match=f"runs at http://127.0.0.1:{free_port}, not at") as caught:
        world.ensure(service(a_free_port()))
    assert "make down" in caught.value.hint


def test_ports_are_free_or_not(free_port: int) -> None:
    assert ports.is_free("127.0.0.1", free_port)
    assert ports.holder(free_port) == ""


def test_the_cloud_and_the_console_are_where_the_settings_say() -> None:
    settings = read_settings({"GROUNDCLOUD_PORT": "4999", "GROUNDCLOUD_UI_PORT": "4998"})
    assert cloud(settings, Path("/app")).address == "http://127.0.0.1:4999"
    assert "GROUNDCLOUD_APP_ROOT=/app" in cloud(settings, Path("/app")).command
    assert console(settings).address == "http://127.0.0.1:4998"


def test_what_is_deployed(tmp_path: Path) -> None:
    assert wanted_systems(None) == SYSTEMS
    assert [system.name for system in wanted_systems(None, ("cloudtask",))] == ["cloudtask"]
    with pytest.raises(UserError, match="no system shop"):
        wanted_systems(None, ("shop",))
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    (system,) = wanted_systems(App(folder, "", {"A": "1"}))
    assert (system.name, system.parameters) == ("shop", {"A": "1"})
    assert wanted_systems(App(folder, "mine"))[0].name == "mine"


def test_every_system_has_a_template() -> None:
    assert [system.name for system in SYSTEMS if not system.template.is_file()] == []


def test_sources_may_run_from_the_application_that_was_named(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    own = wanted_systems(App(tmp_path / "template.yaml", "x"))
    assert _app_root(read_settings({}), own) == tmp_path.resolve()
    assert _app_root(read_settings({}), SYSTEMS) == ROOT
    assert _app_root(read_settings({"GROUNDCLOUD_APP_ROOT": "/elsewhere"}), own) == Path("/elsewhere")


def test_profile_localstack_is_containers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = read_settings({"GROUNDCLOUD_PROFILE": "localstack", "GROUNDCLOUD_HOME": str(tmp_path)})
    with pytest.raises(UserError, match="there is no Docker on this machine"):
        start_services(settings, SYSTEMS, MemoryReporter())


def test_two_cannot_have_one_port_and_nothing_is_started(world: World, free_port: int) -> None:
    one, other = service(free_port), replace(service(free_port), name="other", port_setting="GROUNDCLOUD_OTHER")
    with pytest.raises(UserError, match=f"cannot both have port {free_port}"):
        check_ports((one, other), world.runfile)


def test_a_taken_port_of_the_second_stops_before_the_first_is_started(world: World, free_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        second = replace(service(taken.getsockname()[1]), name="other")
        with pytest.raises(UserError, match="for the other is in use"):
            check_ports((service(free_port), second), world.runfile)
