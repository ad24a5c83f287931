"""`make up PROFILE=localstack` by Docker Compose, in front of a Docker that is a fake; what is said without any."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import compose
from bootstrap.compose import Docker, Done
from bootstrap.down import stop_services
from bootstrap.process import identity
from bootstrap.runfile import RunFile, Started
from bootstrap.systems import ROOT
from groundcloud.errors import UserError
from groundcloud.settings import Settings
from tests.fakes.deploy_reporter import MemoryReporter
from tests.fakes.fake_docker import FakeDocker
from tests.support.processes import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(profile="localstack", home=tmp_path / "home", port=free_port(), ui_port=free_port())


def start(settings: Settings, docker: Docker) -> tuple[str, ...]:
    return compose.start(settings, settings.home.parent / "app", MemoryReporter(), docker)


def test_up_builds_starts_and_waits(settings: Settings, tmp_path: Path) -> None:
    docker = FakeDocker()
    assert start(settings, docker) == ("cloud", "console")
    words = docker.asked[-1]
    assert words[:3] == ("compose", "--project-directory", str(ROOT))
    assert words[3:] == ("up", "--build", "--detach", "--wait", "--wait-timeout", str(compose.WAIT_SECONDS))
    assert docker.variables == {"APP_ROOT": str(tmp_path / "app")}


def test_up_again_lets_compose_find_what_has_changed(settings: Settings) -> None:
    """The ports are taken then, by the containers themselves."""
    docker = FakeDocker()
    start(settings, docker)
    start(settings, docker)
    assert docker.done == ["up", "up"]


@pytest.mark.parametrize("clean", [False, True], ids=["kept", "clean"])
def test_down_ends_what_up_started_and_keeps_the_volumes_unless_told(settings: Settings, clean: bool) -> None:
    docker = FakeDocker()
    start(settings, docker)
    assert compose.end(settings, clean, MemoryReporter(), docker)
    assert docker.asked[-1][3:] == (("down", "--volumes") if clean else ("down",))
    assert not compose.end(settings, clean, MemoryReporter(), docker)
    assert docker.done == ["up", "down"]


def test_down_asks_no_docker_when_up_did_not_start_one(settings: Settings) -> None:
    docker = FakeDocker({"--version": Done(127)})
    assert not compose.end(settings, True, MemoryReporter(), docker)
    assert docker.asked == []


def test_a_start_that_failed_shows_what_docker_said_and_can_be_ended(settings: Settings) -> None:
    docker = FakeDocker({"compose up": Done(1, "container groundcloud-localstack-1 is unhealthy")})
    with pytest.raises(UserError, match="localstack-1 is unhealthy") as caught:
        start(settings, docker)
    assert "docker compose logs" in caught.value.hint
    assert compose.end(settings, False, MemoryReporter(), docker)


def test_a_stop_that_failed_is_not_forgotten(settings: Settings) -> None:
    docker = FakeDocker()
    start(settings, docker)
    docker.answers = {"compose down": Done(1, "no such network")}
    with pytest.raises(UserError) as caught:
        compose.end(settings, False, MemoryReporter(), docker)
    assert "no such network" in caught.value.hint
    docker.answers = {}
    assert compose.end(settings, False, MemoryReporter(), docker)


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ({"--version": Done(127)}, "there is no Docker on this machine"),
        ({"compose version": Done(1)}, "Compose plugin"),
        ({"version --format": Done(1, "Cannot connect to the Docker daemon")}, "does not answer: Cannot connect"),
    ],
    ids=["docker", "plugin", "engine"],
)
def test_what_is_missing_is_said_with_the_way_without_docker(
    settings: Settings, answers: dict[str, Done], missing: str
) -> None:
    docker = FakeDocker(answers)
    with pytest.raises(UserError, match=missing) as caught:
        start(settings, docker)
    assert "make up PROFILE=localstack ENGINE=host" in caught.value.hint
    assert docker.done == []


def test_containers_do_not_start_beside_the_processes_of_another_profile(settings: Settings) -> None:
    pid = os.getpid()
    running = Started("cloud", pid, identity(pid) or "", settings.endpoint, "")
    RunFile(settings.home / "run.json").add(running)
    docker = FakeDocker()
    with pytest.raises(UserError, match="runs at .* without containers"):
        start(settings, docker)
    assert docker.done == []
    RunFile(settings.home / "run.json").remove("cloud")
    assert stop_services(settings, MemoryReporter()) == []


@pytest.fixture
def no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A PATH on which there is `env` and no Docker."""
    (tmp_path / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path))
    yield


@pytest.mark.usefixtures("no_docker")
def test_the_real_door_tells_that_the_command_is_missing() -> None:
    assert Docker().run(("--version",)).status == 127


def test_the_real_door_hands_variables_on_and_fills_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "docker"
    command.write_text('#!/bin/sh\necho "$APP_ROOT: $*"\nexit 3\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert Docker().run(("compose", "up"), {"APP_ROOT": "/app"}) == Done(3, "/app: compose up\n")
    assert Docker().run(("info",), log=tmp_path / "logs" / "log") == Done(3)
    assert (tmp_path / "logs" / "log").read_text() == ": info\n"
