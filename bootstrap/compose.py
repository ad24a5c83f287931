"""Profile localstack by Docker Compose: LocalStack, the cloud, the console and a database in containers.

``docker-compose.yml`` says what they are; docs/compose.md explains it. That it was started is noted in the working
folder, so that `down` ends it, and asks for Docker only then.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap import services
from bootstrap.process import is_running, tail
from bootstrap.runfile import RunFile
from bootstrap.systems import ROOT
from groundcloud.deploy.report import Reporter
from groundcloud.errors import UserError
from groundcloud.settings import Settings

WAIT_SECONDS = 600
"""For containers to get well, after their images are built."""

WITHOUT = "make up PROFILE=localstack ENGINE=host runs LocalStack without Docker"
_NOTE = "compose"
_COMPOSE = ("compose", "--project-directory", str(ROOT))


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit status, and what it wrote if that did not go to a log."""

    status: int
    output: str = ""


class Docker:
    """The door to the command `docker`."""

    def run(self, arguments: Sequence[str], variables: dict[str, str] | None = None, log: Path | None = None) -> Done:
        """Run it to its end, with `variables` in its environment; its output is added to `log` if there is one. A
        command that is not installed ends with status 127."""
        words = ["env", *(f"{name}={value}" for name, value in (variables or {}).items()), "docker", *arguments]
        if log is None:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            return Done(done.returncode, done.stdout)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            ended = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False)
        return Done(ended.returncode)


def start(settings: Settings, app_root: Path, reporter: Reporter, docker: Docker | None = None) -> tuple[str, ...]:
    """Have the containers running and well; the names of what had to be started. `app_root` is the folder whose
    functions may run from their source. Raises `UserError` when Docker cannot do it."""
    docker = docker or Docker()
    note = settings.home / _NOTE
    check_docker(docker)
    if not note.exists():
        _refuse_beside_processes(settings)
    log = settings.home.resolve() / "logs" / "compose.log"
    reporter.step(f"Building and starting the containers (some minutes the first time; {log} has what Docker says)")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    words = (*_COMPOSE, "up", "--build", "--detach", "--wait", "--wait-timeout", str(WAIT_SECONDS))
    if docker.run(words, {"APP_ROOT": str(app_root.resolve())}, log).status != 0:
        raise UserError(
            f"The containers did not start\n{tail(log)}",
            f"`docker compose logs` has what they wrote, {log} what Docker said. {WITHOUT}",
        )
    return ("cloud", "console")


def end(settings: Settings, clean: bool, reporter: Reporter, docker: Docker | None = None) -> bool:
    """End the containers, if `start` began them; whether there were any. Their volumes stay, unless `clean`."""
    note = settings.home / _NOTE
    if not note.exists():
        return False
    docker = docker or Docker()
    check_docker(docker)
    reporter.step("Stopping the containers")
    done = docker.run((*_COMPOSE, "down", *(("--volumes",) if clean else ())))
    if done.status != 0:
        raise UserError("The containers could not be stopped", done.output.strip()[-1000:])
    note.unlink()
    return True


def check_docker(docker: Docker) -> None:
    """Raises `UserError` that says which of the three things needed is missing."""
    if docker.run(("--version",)).status == 127:
        raise UserError(
            "Profile localstack runs in containers, and there is no Docker on this machine",
            f"Install it (https://docs.docker.com/get-started/get-docker). {WITHOUT}",
        )
    if docker.run(("compose", "version")).status != 0:
        raise UserError(
            "Profile localstack needs Docker's Compose plugin, and this Docker has none",
            f"Install it (https://docs.docker.com/compose/install/linux). {WITHOUT}",
        )
    answer = docker.run(("version", "--format", "{{.Server.Version}}"))
    if answer.status != 0:
        raise UserError(
            f"The Docker engine does not answer: {answer.output.strip()[-300:]}",
            f"Start it, or ask for the right to use it. {WITHOUT}",
        )


def _refuse_beside_processes(settings: Settings) -> None:
    """The containers take the same ports as the processes of another profile."""
    runfile = RunFile(settings.home / "run.json")
    for process in runfile.all():
        if process.name in ("cloud", "console") and is_running(process):
            raise UserError(
                f"The {process.name} runs at {process.address}, without containers", "`make down`, then the same again"
            )
    services.check_ports((services.cloud(settings, ROOT), services.console(settings)), runfile)
