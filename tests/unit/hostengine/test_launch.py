"""The command that runs LocalStack, and the folders it finds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from groundcloud.hostengine.install import Installed
from groundcloud.hostengine.launch import Launch, is_healthy


def launch(folder: Path, *, plugin: bool = True, settings: dict[str, str] | None = None) -> Launch:
    installed = Installed(
        python=folder / "venv" / "bin" / "python",
        dynamodb_local=folder / "dynamodb-local",
        kinesis=folder / "kinesis",
        java_home=folder / "jvm",
        npm=("/bin/echo", "npm", "is called"),
        plugin=plugin,
    )
    return Launch(installed, folder / "run", 14566, "http://127.0.0.1:4577", settings=settings or {})


def test_its_environment_is_made_from_nothing(tmp_path: Path) -> None:
    command = launch(tmp_path).command
    assert command[:2] == ("env", "-i")
    assert command[-3:] == (str(tmp_path / "venv" / "bin" / "python"), "-m", "localstack.runtime.main")
    assert "GATEWAY_LISTEN=127.0.0.1:14566" in command
    assert f"FILESYSTEM_ROOT={tmp_path / 'run' / 'root'}" in command


def test_the_plugin_is_told_where_the_cloud_is_and_runs_the_functions(tmp_path: Path) -> None:
    environment = launch(tmp_path).environment
    assert environment["GROUNDCLOUD_URL"] == "http://127.0.0.1:4577"
    assert environment["LAMBDA_RUNTIME_EXECUTOR"] == "groundcloud"
    assert "GROUNDCLOUD_URL" not in launch(tmp_path, plugin=False).environment


def test_further_settings_win(tmp_path: Path) -> None:
    environment = launch(tmp_path, settings={"DEBUG": "1", "DYNAMODB_IN_MEMORY": "0"}).environment
    assert (environment["DEBUG"], environment["DYNAMODB_IN_MEMORY"]) == ("1", "0")


def test_its_folders_are_links_that_follow_what_moved(tmp_path: Path) -> None:
    first = launch(tmp_path)
    first.prepare()
    first.prepare()
    libraries = tmp_path / "run" / "root" / "usr" / "lib" / "localstack"
    assert (libraries / "dynamodb-local" / "2").readlink() == tmp_path / "dynamodb-local"
    assert (libraries / "kinesis-local" / "0.5.2").readlink() == tmp_path / "kinesis"
    assert (libraries / "java" / "21").readlink() == tmp_path / "jvm"


def test_it_finds_an_npm(tmp_path: Path) -> None:
    launch(tmp_path).prepare()
    npm = tmp_path / "run" / "bin" / "npm"
    done = subprocess.run([npm, "pack", "a b"], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "npm is called pack a b\n"


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [
        pytest.param({"version": "4.14.0", "services": {}}, True, id="the one"),
        pytest.param({"version": "3.0.0"}, False, id="another version"),
        pytest.param(["4.14.0"], False, id="another shape"),
        pytest.param(None, False, id="nothing"),
    ],
)
def test_only_the_localstack_that_was_started_is_well(answer: object, healthy: bool) -> None:
    assert is_healthy(json.dumps(answer).encode()) is healthy


def test_an_answer_that_is_no_json_is_not_well() -> None:
    assert not is_healthy(b"<html>")
