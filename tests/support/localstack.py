"""LocalStack without Docker for the tests: installed once into the working folder of the repository."""

from __future__ import annotations

from pathlib import Path

from groundcloud.hostengine.install import Installed, Installer
from groundcloud.hostengine.launch import Launch
from groundcloud.hostengine.machine import Machine
from tests.support.processes import ROOT, quiet_port

HOME = ROOT / ".groundcloud" / "localstack"
PLUGIN = ROOT / "localstack" / "plugin"


def installed() -> Installed:
    """The installation, which takes one or two minutes the first time."""
    return Installer(HOME, PLUGIN, print, Machine()).ensure()


def launch(folder: Path, cloud_url: str) -> Launch:
    """A LocalStack of its own on a free port, in front of which is the cloud at `cloud_url`."""
    return Launch(installed(), folder, quiet_port(), cloud_url)
