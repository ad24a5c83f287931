"""When something is built, and that a build is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from groundcloud.deploy.build import CachedBuilder, Recipe, recipe_for
from groundcloud.errors import UserError

THIS_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
STRANGE = Recipe("python", "python3.99", "x86_64")
"""No machine has this Python, so a local build falls back to the one that runs the tests."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "app.py").write_text("x = 1\n")
    return folder


def test_an_unreadable_package_json_is_told(source: Path) -> None:
    (source / "package.json").write_text("{")
    with pytest.raises(UserError, match=r"package.json is not readable as JSON"):
        recipe_for(source, "nodejs22.x", "x86_64", "F")


def test_runtimes_that_need_no_build_are_zipped_as_they_are(source: Path) -> None:
    (source / "bootstrap").write_text("#!/bin/sh\n")
    assert recipe_for(source, "provided.al2023", "arm64", "F") is None
    assert recipe_for(source / "app.py", THIS_PYTHON, "x86_64", "F") is None


def test_the_result_is_named_by_source_and_recipe(source: Path, tmp_path: Path) -> None:
    builder = CachedBuilder(tmp_path / "cache", local=False)
    recipe = Recipe("python", THIS_PYTHON, "x86_64")
    first = builder.digest(source, recipe)
    assert builder.digest(source, Recipe("python", THIS_PYTHON, "arm64")) != first
    assert builder.digest(source, Recipe("python", THIS_PYTHON, "x86_64", "python")) != first
    (source / "app.py").write_text("x = 2\n")
    assert builder.digest(source, recipe) != first


def test_where_lambdas_python_is_missing_this_one_builds_and_the_result_is_kept(source: Path, tmp_path: Path) -> None:
    (source / "requirements.txt").write_text("# nothing to install\n")
    builder = CachedBuilder(tmp_path / "cache", local=True)
    built = builder.build(source, STRANGE, "F")
    assert (built / "app.py").read_text() == "x = 1\n"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [builder.digest(source, STRANGE)]
    (built / "marker").write_text("kept")
    assert (builder.build(source, STRANGE, "F") / "marker").exists()


def test_a_failed_build_names_the_function_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    (source / "requirements.txt").write_text("./no-such-wheel.whl\n")
    builder = CachedBuilder(tmp_path / "cache", local=True)
    with pytest.raises(UserError, match=r"F: what .*requirements.txt asks for could not be installed") as caught:
        builder.build(source, STRANGE, "F")
    assert "pip download" in caught.value.hint
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_build_for_lambda_fails_in_the_same_words(source: Path, tmp_path: Path) -> None:
    (source / "requirements.txt").write_text("./no-such-wheel.whl\n")
    builder = CachedBuilder(tmp_path / "cache", local=False)
    with pytest.raises(UserError, match=r"F: what .*requirements.txt asks for could not be installed"):
        builder.build(source, Recipe("python", THIS_PYTHON, "x86_64"), "F")
    assert list((tmp_path / "cache").iterdir()) == []
