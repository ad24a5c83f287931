"""The source folder as hot reload sees it agrees with what the deploy library packages."""

from __future__ import annotations

from pathlib import Path

from groundcloud.deploy.folder import EXCLUDED, digest_of, files_in
from groundcloud.runtime.reload import limits, tree


def test_content_has_the_name_that_a_deployment_gives_it(tmp_path: Path) -> None:
    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_text("no")
    (tmp_path / "app.py").write_text("x = 1")
    (tmp_path / "lib" / "deep" / "ü.txt").write_text("y")
    (tmp_path / "lib.py").write_text("z")
    (tmp_path / "run.sh").write_text("#!/bin/sh")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link.py").symlink_to("app.py")
    (tmp_path / "linked").symlink_to("lib")
    content = tree.read(tmp_path, tree.look(tmp_path), None)
    assert content.digest == digest_of(files_in(tmp_path))
    assert set(content.files) == {file.name for file in files_in(tmp_path)}


def test_the_same_things_are_left_out() -> None:
    assert limits.EXCLUDED == EXCLUDED


def test_only_what_was_written_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("1")
    before = tree.read(tmp_path, tree.look(tmp_path), None)
    (tmp_path / "b").write_text("22")
    after = tree.read(tmp_path, tree.look(tmp_path), before)
    assert after.files["a"] is before.files["a"]
    assert after.files["b"] != before.files["b"]


def test_a_lock_of_git_above_the_folder(tmp_path: Path) -> None:
    source = tmp_path / "services" / "f"
    source.mkdir(parents=True)
    assert not tree.is_being_checked_out(source)
    (tmp_path / ".git").mkdir()
    assert not tree.is_being_checked_out(source)
    (tmp_path / ".git" / "index.lock").touch()
    assert tree.is_being_checked_out(source)
