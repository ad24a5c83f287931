"""What the runtime brings, and which interpreter runs what."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from groundcloud.errors import AwsError
from groundcloud.runtime.interpreters import Interpreters, closure, runtime_folder

THIS = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def test_closure_is_boto3_and_what_it_needs() -> None:
    names = {dist.metadata["Name"].lower() for dist in closure(["boto3"])}
    assert {"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "python-dateutil", "six"} == names
    assert closure(["no-such-distribution"]) == []


def test_folder_is_made_once(tmp_path: Path) -> None:
    folder = runtime_folder(tmp_path, (3, 11), pure=True)
    assert (folder / "boto3" / "__init__.py").exists()
    assert (folder / "six.py").exists()
    assert not (folder / "bin").exists()
    assert runtime_folder(tmp_path, (3, 11), pure=True) == folder
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_interpreter_is_the_one_behind_the_virtual_environment(tmp_path: Path) -> None:
    interpreter = Interpreters(tmp_path, pure=True).choose(THIS)
    assert interpreter.executable.is_file()
    assert Path(sys.prefix) not in interpreter.executable.parents
    assert (interpreter.client, interpreter.warning) == ("pure", "")


@pytest.mark.parametrize("runtime", ["nodejs22.x", "python2.7", "python3", "", "python3.x"])
def test_other_runtimes(tmp_path: Path, runtime: str) -> None:
    with pytest.raises(AwsError) as caught:
        Interpreters(tmp_path).choose(runtime)
    assert caught.value.code == "InvalidRuntimeException"


def _pretending(folder: Path, release: str) -> Path:
    """An executable below pyenv's `folder` that answers as a Python of that release would."""
    name = f"python{release.rpartition('.')[0]}"
    home = folder / "versions" / release
    executable = home / "bin" / name
    executable.parent.mkdir(parents=True)
    lines = "\\n".join([str(home), *release.split(".")])
    executable.write_text(f"#!/bin/sh\nprintf '{lines}\\n'\n")
    executable.chmod(0o755)
    return executable


def test_pyenvs_versions_are_found_though_no_path_has_them(tmp_path: Path) -> None:
    """The newest of the wanted ones: github.com/pyenv/pyenv#locating-pyenv-provided-python-installations"""
    pyenv = tmp_path / "pyenv"
    for release in ("3.99.2", "3.99.10", "3.98.30"):
        _pretending(pyenv, release)
    found = Interpreters(tmp_path / "made", pure=True, pyenv=pyenv).choose("python3.99")
    assert found.executable == pyenv / "versions" / "3.99.10" / "bin" / "python3.99"
    assert (found.version, found.warning) == ("3.99.10", "")
    assert "not installed here" in Interpreters(tmp_path / "made", pure=True, pyenv=pyenv).choose("python3.97").warning
