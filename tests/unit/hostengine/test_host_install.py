"""The installation of LocalStack: once, whole or not at all, and the plugin as often as it changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from groundcloud.errors import UserError
from groundcloud.hostengine.install import Installed, Installer, installation_folder, plugin_digest
from groundcloud.hostengine.versions import LOCALSTACK, REQUIREMENTS
from tests.fakes.host_machine import HostMachine


@pytest.fixture
def machine() -> HostMachine:
    return HostMachine()


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "plugin"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("A = 1\n")
    return folder


def install(home: Path, machine: HostMachine, plugin: Path | None = None) -> tuple[Installed, list[str]]:
    told: list[str] = []
    return Installer(home, plugin, told.append, machine).ensure(), told


def test_it_is_installed_once(tmp_path: Path, machine: HostMachine) -> None:
    installed, told = install(tmp_path, machine)
    assert len(told) == 1 and LOCALSTACK in told[0]
    assert (installed.dynamodb_local / "DynamoDBLocal.jar").exists()
    assert (installed.kinesis / "node_modules" / "kinesis-local" / "main.js").exists()
    assert not installed.plugin
    assert any(str(REQUIREMENTS) in words for words in machine.commands)
    machine.commands.clear()
    again, told = install(tmp_path, machine)
    assert (again, told) == (installed, [])
    assert not any("-m" in words for words in machine.commands)


def test_what_a_killed_installation_left_is_cleared_away(tmp_path: Path, machine: HostMachine) -> None:
    left = installation_folder(tmp_path).with_name("half.draft")
    left.mkdir(parents=True)
    installed, _ = install(tmp_path, machine)
    assert [one for one in left.parent.iterdir() if one.suffix == ".draft"] == []
    assert installed.python.parents[2].stat().st_mode == left.parent.stat().st_mode


@pytest.mark.parametrize("offline", ["pip", "npm", "venv", "tar"])
def test_what_cannot_be_finished_leaves_nothing_and_is_tried_again(
    tmp_path: Path, machine: HostMachine, offline: str
) -> None:
    machine.offline = {offline}
    with pytest.raises(UserError) as caught:
        install(tmp_path, machine)
    assert f"{offline}: no network" in caught.value.hint
    assert not installation_folder(tmp_path).exists()
    machine.offline = set()
    installed, _ = install(tmp_path, machine)
    assert installed.python.is_relative_to(installation_folder(tmp_path))


def test_kinesis_comes_into_an_installation_that_has_none(tmp_path: Path, machine: HostMachine) -> None:
    installed, _ = install(tmp_path, machine)
    shutil.rmtree(installed.kinesis)
    machine.commands.clear()
    assert install(tmp_path, machine)[0] == installed
    assert installed.kinesis.is_dir()
    assert not any("venv" in words for words in machine.commands), "the rest stayed as it was"


def test_a_missing_program_is_told_before_anything_is_made(tmp_path: Path, machine: HostMachine) -> None:
    machine.javas = {}
    with pytest.raises(UserError, match="Java 17"):
        install(tmp_path / "home", machine)
    assert not (tmp_path / "home").exists()


def test_the_plugin_is_put_in_again_when_it_has_changed(tmp_path: Path, machine: HostMachine, plugin: Path) -> None:
    def builds() -> int:
        return sum("--no-build-isolation" in words for words in machine.commands)

    install(tmp_path, machine, plugin)
    install(tmp_path, machine, plugin)
    assert builds() == 1
    (plugin / "src" / "a.py").write_text("A = 2\n")
    install(tmp_path, machine, plugin)
    assert builds() == 2


def test_a_plugin_that_could_not_be_put_in_is_tried_again(tmp_path: Path, machine: HostMachine, plugin: Path) -> None:
    install(tmp_path, machine)
    machine.offline = {"pip"}
    with pytest.raises(UserError, match="The plugin could not be put into LocalStack"):
        install(tmp_path, machine, plugin)
    machine.offline = set()
    installed, _ = install(tmp_path, machine, plugin)
    assert installed.plugin


def test_what_a_build_leaves_in_the_sources_does_not_count(plugin: Path) -> None:
    before = plugin_digest(plugin)
    (plugin / "build").mkdir()
    (plugin / "build" / "b.py").write_text("")
    assert plugin_digest(plugin) == before


def test_every_requirement_is_pinned() -> None:
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert f"localstack-core=={LOCALSTACK}" in lines
    assert [line for line in lines if "==" not in line] == []
