"""LocalStack as a process of `make up`: installed below the working folder, run without Docker."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from bootstrap.services import Service
from bootstrap.systems import ROOT
from groundcloud.errors import UserError
from groundcloud.hostengine.engine import end_left_over
from groundcloud.hostengine.install import Installer
from groundcloud.hostengine.launch import HEALTH_PATH, Launch, is_healthy
from groundcloud.hostengine.machine import Machine
from groundcloud.settings import Settings

PLUGIN = ROOT / "localstack" / "plugin"
NAME = "LocalStack"


class HostLocalStack:
    """LocalStack on 127.0.0.1:`port`, below the folder `home`, for the cloud at `cloud_url`. `port_setting` names the
    setting that moves it, `tell` hears what takes long."""

    def __init__(self, home: Path, port: int, port_setting: str, cloud_url: str, tell: Callable[[str], None]) -> None:
        self._home, self._port, self._port_setting, self._cloud_url = home.resolve(), port, port_setting, cloud_url
        self._tell = tell

    def service(self, machine: Machine | None = None) -> Service:
        """Install what is missing and make its folders; how it is started. Raises `UserError`."""
        installed = Installer(self._home, PLUGIN, self._tell, machine or Machine()).ensure()
        launch = Launch(installed, self._run_folder, self._port, self._cloud_url)
        launch.prepare()
        return Service(
            NAME, launch.command, launch.host, launch.port, HEALTH_PATH, self._port_setting, probe=answers_well
        )

    def end_left_over(self) -> None:
        """To be called after its process was ended: what that left behind is ended too."""
        end_left_over(self._run_folder)

    @property
    def _run_folder(self) -> Path:
        return self._home / "run"


def of(settings: Settings, tell: Callable[[str], None]) -> HostLocalStack:
    """The one that the settings ask for. Raises `UserError` when they want it on another machine."""
    address = urlsplit(settings.localstack_url)
    if address.scheme != "http" or address.hostname not in ("127.0.0.1", "localhost"):
        raise UserError(
            f"ENGINE=host starts LocalStack on 127.0.0.1, not at {settings.localstack_url}",
            "Let GROUNDCLOUD_LOCALSTACK_URL name an address of 127.0.0.1, or nothing",
        )
    setting = "GROUNDCLOUD_LOCALSTACK_URL"
    return HostLocalStack(settings.home / "localstack", address.port or 80, setting, settings.endpoint, tell)


def answers_well(service: Service, seconds: float) -> bool:
    """Whether it is the LocalStack that was installed that answers. No proxy is asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(service.address + HEALTH_PATH, timeout=seconds) as answer:
            return is_healthy(answer.read())
    except OSError:
        return False
