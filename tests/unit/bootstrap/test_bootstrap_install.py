"""Installing: a Python too old or missing, no network, and an installation that was cut off.

A shell script stands in for Python, so that no network and no minutes are needed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, clean_environ

FAKE = """#!/bin/sh
# A Python of version {version}. Calls are noted in {calls}; "pip" fails while {offline} exists.
echo "$*" >> {calls}
case "$1" in
    --version) echo "Python {version}" ;;
    -c) case "$2" in *version_info*) exit {too_old} ;; esac ;;
    -m) case "$2" in
            venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
            pip) [ ! -e {offline} ] || {{ echo "no network" >&2; exit 1; }} ;;
        esac ;;
esac
"""


class Machine:
    """A machine with one Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / "venv"
        self.calls = folder / "calls"
        self.offline = folder / "offline"

    def python(self, version: str = "3.12.1", *, too_old: bool = False) -> Path:
        path = self.folder / "bin" / "python-of-the-test"
        path.parent.mkdir(exist_ok=True)
        text = FAKE.format(version=version, calls=self.calls, offline=self.offline, too_old=int(too_old))
        path.write_text(text)
        path.chmod(0o755)
        return path

    def install(self, python: Path | str) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        return subprocess.run(
            ["sh", str(ROOT / "bootstrap" / "install.sh"), str(self.venv)],
            env=clean_environ(PYTHON=str(python)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def installed(self) -> bool:
        return (self.venv / ".stamp").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_everything_is_installed_from_the_lock_and_only_then_stamped(machine: Machine) -> None:
    done = machine.install(machine.python())
    assert done.returncode == 0, done.stderr
    assert machine.installed
    calls = machine.calls.read_text()
    assert f"install --no-compile --requirement {ROOT}/requirements.lock" in calls
    assert f"-m compileall -qq -j 0 {machine.venv}/lib" in calls
    assert f"install --no-deps --editable {ROOT}" in calls


def test_a_python_too_old_is_a_sentence(machine: Machine) -> None:
    done = machine.install(machine.python("3.9.7", too_old=True))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "is: Python 3.9.7" in done.stderr
    assert "make PYTHON=python3.12 up" in done.stderr
    assert not machine.venv.exists()


def test_a_python_that_is_not_there_is_a_sentence(machine: Machine) -> None:
    done = machine.install("python-that-nobody-has")
    assert done.returncode == 1
    assert "python-that-nobody-has is:" in done.stderr


def test_without_network_it_says_so_and_goes_on_later(machine: Machine) -> None:
    python = machine.python()
    machine.offline.touch()
    done = machine.install(python)
    assert done.returncode == 1
    assert "needs the network" in done.stderr
    assert not machine.installed
    machine.offline.unlink()
    assert machine.install(python).returncode == 0
    assert machine.installed
    assert "-m venv" not in machine.calls.read_text()


def test_an_environment_left_half_finished_is_made_anew(machine: Machine) -> None:
    (machine.venv / "bin").mkdir(parents=True)
    (machine.venv / "bin" / "python").write_text("")
    done = machine.install(machine.python())
    assert done.returncode == 0, done.stderr
    assert "anew: it was left half-finished" in done.stdout
    assert machine.installed


def test_a_failed_second_install_takes_the_stamp_away(machine: Machine) -> None:
    python = machine.python()
    machine.install(python)
    machine.offline.touch()
    assert machine.install(python).returncode == 1
    assert not machine.installed


def test_a_second_installation_waits_for_the_first_and_has_nothing_to_do_then(machine: Machine) -> None:
    """`make up` in one terminal, `make test` in another: they would write into one environment."""
    script = machine.folder / "bootstrap" / "install.sh"
    script.parent.mkdir()
    shutil.copy(ROOT / "bootstrap" / "install.sh", script)
    python = machine.python()
    real = f'    -c) case "$2" in *fcntl*) exec \'{sys.executable}\' "$@" ;; esac\n        case'
    python.write_text(python.read_text().replace("    -c) case", real))
    machine.calls.write_text("")
    first = os.open(machine.folder, os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    command = ["sh", str(script), str(machine.venv)]
    with subprocess.Popen(command, env=clean_environ(PYTHON=str(python)), stdout=subprocess.PIPE, text=True) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == f"Waiting for another installation into {machine.venv}\n"
        machine.venv.mkdir()
        (machine.venv / ".stamp").touch()
        os.close(first)
        assert second.wait(timeout=60) == 0
    assert "pip" not in machine.calls.read_text()


def test_make_help_lists_the_targets() -> None:
    # Under `make test` an inner make would say which folder it enters.
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    listed = [line.split()[0] for line in done.stdout.splitlines()]
    wanted = (
        "help install up login down deploy destroy logs invoke event debug policy traces "
        "test test-all bench shots parity check fmt"
    )
    assert listed == wanted.split()
