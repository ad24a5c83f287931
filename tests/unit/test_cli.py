"""The border of the command line: every error is a sentence, and only ours keeps a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from groundcloud.cli import ground, run
from groundcloud.errors import AwsError, UserError
from tests.support.processes import ROOT, clean_environ


def failing(error: BaseException) -> click.Command:
    @click.command()
    def command() -> None:
        raise error

    return command


def test_a_user_error_is_its_message_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(UserError("It is so", "Do this")), [], "ground") == 1
    assert capsys.readouterr().err == "It is so\n→ Do this\n"


def test_aws_refusals_are_sentences_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(AwsError("AccessDenied", "not authorized", 403)), [], "ground") == 1
    assert capsys.readouterr().err == "AWS refuses: not authorized (AccessDenied)\n"


def test_an_unexpected_error_keeps_its_traceback_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDCLOUD_HOME", str(tmp_path))
    assert run(failing(ZeroDivisionError("oops")), [], "ground") == 1
    shown = capsys.readouterr().err
    kept = next((tmp_path / "logs").glob("traceback-*.txt"))
    assert "Unexpected: ZeroDivisionError: oops" in shown
    assert "Traceback" not in shown
    assert str(kept) in shown
    assert "ZeroDivisionError" in kept.read_text()


def test_an_unexpected_error_with_bad_settings_is_still_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GROUNDCLOUD_NONSENSE", "1")
    assert run(failing(ZeroDivisionError("oops")), [], "ground") == 1
    assert list((tmp_path / ".groundcloud" / "logs").glob("traceback-*.txt"))
    assert "oops" in capsys.readouterr().err


def test_ctrl_c_and_a_wrong_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(KeyboardInterrupt()), [], "ground") == 130
    assert run(ground, ["deploy"], "ground") == 2
    assert "Missing argument 'TEMPLATE'" in capsys.readouterr().err


def test_a_mistyped_setting_stops_a_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GROUNDCLOUD_PROT", "1")
    assert run(ground, ["status"], "ground") == 1
    assert "Unknown setting GROUNDCLOUD_PROT" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["status"], ["mail"], ["traces"], ["logs"], ["invoke", "F"], ["destroy", "app", "--yes"]]
)
def test_without_a_cloud_every_command_says_how_to_start_one(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("GROUNDCLOUD_PORT", str(free_port))
    assert run(ground, arguments, "ground") == 1
    shown = capsys.readouterr().err
    assert f"No cloud answers at http://127.0.0.1:{free_port}" in shown
    assert "make up" in shown


def test_an_event_must_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ground, ["invoke", "F", "--event", "{nope"], "ground") == 1
    assert "neither a file nor JSON" in capsys.readouterr().err


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from groundcloud.cli import ground, run; status = run(ground, ['--help'], 'ground');"
        "heavy = {'botocore', 'rich', 'yaml', 'uvicorn', 'ministack', 'aws_lambda_builders'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for command in ("serve", "deploy", "destroy", "invoke", "logs", "status", "mail"):
        assert command in done.stdout
