"""The processes that are started: the cloud and the console by `up`; others describe themselves as a `Service`."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bootstrap import ports
from bootstrap.process import is_running, start, stop, tail, wait_until_well
from bootstrap.runfile import RunFile, Started
from bootstrap.systems import ROOT
from groundcloud.deploy.report import Reporter
from groundcloud.errors import UserError
from groundcloud.settings import Settings

START_SECONDS = 60.0
"""Far above the second it takes: a machine may be busy."""

PROBE_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""How long one that runs already may take to answer."""


def answers(service: Service, seconds: float = PROBE_SECONDS) -> bool:
    """Whether the service answers with anything but a fault of its own. No proxy is asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(service.address + service.health_path, timeout=seconds):
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code < 500
    except OSError:
        return False


@dataclass(frozen=True)
class Service:
    """How a process is started, where it answers, and the setting that moves it elsewhere, of the `make` target that
    starts it. `probe` tells whether it answers within so many seconds."""

    name: str
    command: tuple[str, ...]
    host: str
    port: int
    health_path: str
    port_setting: str
    target: str = "make up"
    probe: Callable[[Service, float], bool] = answers

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"


def cloud(settings: Settings, app_root: Path) -> Service:
    """The cloud. `app_root` is the folder whose functions may run from their source."""
    command = ("env", f"GROUNDCLOUD_APP_ROOT={app_root}", sys.executable, "-m", "groundcloud.cli", "serve")
    return Service("cloud", command, settings.host, settings.port, "/_groundcloud/v1/health", "GROUNDCLOUD_PORT")


def console(settings: Settings) -> Service:
    return Service(
        "console", (sys.executable, "-m", "ui"), settings.ui_host, settings.ui_port, "/", "GROUNDCLOUD_UI_PORT"
    )


def ensure(service: Service, runfile: RunFile, logs: Path, reporter: Reporter) -> bool:
    """Have `service` running and well; whether it had to be started. Raises `UserError` when its port is taken."""
    known = runfile.get(service.name)
    if known is not None and is_running(known):
        _check_running(service, known, reporter)
        return False
    if known is not None:
        reporter.warn(f"The {service.name} had died. Its log ended with:\n{tail(Path(known.log))}")
        runfile.remove(service.name)
    _check_port(service)
    reporter.step(f"Starting the {service.name}")
    process = start(service.name, list(service.command), service.address, logs / f"{service.name}.log", ROOT)
    # Noted before it is well: if we are interrupted now, `down` still finds it.
    runfile.add(process)
    try:
        wait_until_well(process, lambda: service.probe(service, PROBE_SECONDS), START_SECONDS)
    except UserError:
        stop(process)
        runfile.remove(service.name)
        raise
    return True


def check_ports(wanted: tuple[Service, ...], runfile: RunFile) -> None:
    """Refuse before anything is started what would fail half way: one port for two, or a port that is taken."""
    for service in wanted:
        for other in wanted:
            if other is not service and (other.host, other.port) == (service.host, service.port):
                raise UserError(
                    f"The {service.name} and the {other.name} cannot both have port {service.port}",
                    f"Change {service.port_setting} or {other.port_setting}",
                )
        known = runfile.get(service.name)
        if known is None or not is_running(known):
            _check_port(service)


def _check_running(service: Service, known: Started, reporter: Reporter) -> None:
    if known.address != service.address:
        raise UserError(
            f"The {service.name} runs at {known.address}, not at {service.address}",
            f"`make down` first, or set {service.port_setting} as it was",
        )
    if ports.is_free(service.host, service.port):
        # Who started it was interrupted before it listened.
        reporter.step(f"Waiting for the {service.name}, which is starting")
        wait_until_well(known, lambda: service.probe(service, PROBE_SECONDS), START_SECONDS)
    elif not service.probe(service, ANSWER_SECONDS):
        raise UserError(
            f"The {service.name} (pid {known.pid}) runs but does not answer at {service.address}",
            f"`make down`, then `{service.target}`; its log: {known.log}",
        )


def _check_port(service: Service) -> None:
    if ports.is_free(service.host, service.port):
        return
    who = ports.holder(service.port)
    raise UserError(
        f"Port {service.port} for the {service.name} is in use by {who or 'another program'}",
        f"Stop it, or choose another port: {_moved(service)}",
    )


def _moved(service: Service) -> str:
    """The command with the port moved: settings go before `make`, a target's own variables behind it."""
    moved = service.port + 1
    setting = (
        f"{service.port_setting}={f'http://{service.host}:{moved}' if service.port_setting[-3:] == 'URL' else moved}"
    )
    return (
        f"{setting} {service.target}"
        if service.port_setting.startswith("GROUNDCLOUD_")
        else f"{service.target} {setting}"
    )
