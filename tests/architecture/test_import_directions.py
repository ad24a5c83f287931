"""Imports point one way (docs/architecture.md). import-linter holds the layers inside the cloud; the rest is here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT, imported_modules, python_files

OURS = ("groundcloud", "ui", "bootstrap", "services", "bench", "localstack", "tests")

ALLOWED = {
    "groundcloud": ("groundcloud",),
    "ui": ("ui", "groundcloud.settings", "groundcloud.errors", "groundcloud.samples"),
    "bootstrap": (
        "bootstrap",
        "groundcloud.cli",
        "groundcloud.deploy",
        "groundcloud.hostengine",
        "groundcloud.settings",
        "groundcloud.errors",
    ),
    # LocalStack's own package, which the folder happens to share its name with
    "localstack": ("localstack",),
    "services": (),
}
"""For each part of the repository, the packages of ours that it may import."""


def test_the_layers_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    wrong = [
        f"{path} imports {name}"
        for path in python_files(part)
        for name in imported_modules(path)
        if name.split(".")[0] in OURS and not any(f"{name}.".startswith(f"{each}.") for each in ALLOWED[part])
    ]
    assert wrong == []
