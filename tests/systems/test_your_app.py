"""examples/your-app is a stranger's project: its tests pass in a clean environment with our wheel and another boto3."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, clean_environ

EXAMPLE = ROOT / "examples" / "your-app"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(command: list[str], folder: Path, **environ: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=clean_environ(**environ), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def built_wheel(folder: Path) -> Path:
    """Our wheel, of a copy of the files that git knows: what lies about in a checkout must not help it."""
    source = folder / "source"
    listed = subprocess.run(
        ["git", "ls-files", "groundcloud", "pyproject.toml", "README.md", "LICENSE"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)], folder)
    return next(folder.glob("groundcloud-*.whl"))


def test_its_tests_pass_next_to_another_boto3(tmp_path: Path) -> None:
    project, python = tmp_path / "project", tmp_path / "venv" / "bin" / "python"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    run([sys.executable, "-m", "venv", str(tmp_path / "venv")], tmp_path)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*install, str(built_wheel(tmp_path)), "--requirement", "requirements-dev.txt"], project)

    theirs = run([str(python), "-c", "import boto3; print(boto3.__version__)"], project).strip()
    pinned = re.search(r"boto3==([\d.]+)", (ROOT / "pyproject.toml").read_text())
    assert pinned is not None and theirs != pinned[1]
    installed = run([str(python), "-m", "pip", "list", "--format=freeze"], project)
    assert "ministack" not in installed, "the cloud's packages are not theirs"

    # A home of its own: the cloud's environment is made by this session, and found by the next one.
    environ = {"HOME": str(tmp_path / "home")}
    shown = run([str(python), "-m", "pytest", "-q"], project, **environ)
    assert "10 passed" in shown
    assert "Making the cloud's environment" in shown
    again = run([str(python), "-m", "pytest", "-q", "-k", "empty"], project, **environ)
    assert "1 passed" in again
    assert "Making" not in again
