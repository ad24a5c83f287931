"""The content of a source folder, its digest and its zip."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from groundcloud.deploy.archive import zip_bytes
from groundcloud.deploy.folder import digest_of, files_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "app.py").write_text("one")
    (tmp_path / "pkg" / "run.sh").write_text("two")
    (tmp_path / "pkg" / "run.sh").chmod(0o750)
    return tmp_path


def names(folder: Path) -> list[str]:
    return [file.name for file in files_in(folder)]


def test_files_are_sorted_and_caches_left_out(folder: Path) -> None:
    for name in ("__pycache__", ".git", ".venv", ".aws-sam"):
        (folder / name).mkdir()
        (folder / name / "x").write_text("x")
    (folder / "pkg" / "app.pyc").write_text("x")
    (folder / "Zed.py").write_text("x")
    assert names(folder) == ["Zed.py", "app.py", "pkg/run.sh"]


def test_a_single_file_is_a_package_of_one(folder: Path) -> None:
    assert names(folder / "app.py") == ["app.py"]


def test_a_touched_file_changes_neither_digest_nor_zip(folder: Path) -> None:
    before = digest_of(files_in(folder)), zip_bytes(files_in(folder))
    os.utime(folder / "app.py", (1, 1))
    (folder / "app.py").chmod(0o600)
    assert (digest_of(files_in(folder)), zip_bytes(files_in(folder))) == before


@pytest.mark.parametrize("change", ["content", "name", "mode", "more"])
def test_every_real_change_changes_the_digest(folder: Path, change: str) -> None:
    before = digest_of(files_in(folder))
    if change == "content":
        (folder / "app.py").write_text("other")
    elif change == "name":
        (folder / "app.py").rename(folder / "bpp.py")
    elif change == "mode":
        (folder / "app.py").chmod(0o755)
    else:
        (folder / "new.py").write_text("")
    assert digest_of(files_in(folder)) != before


def test_the_digest_depends_on_what_is_made_of_the_files(folder: Path) -> None:
    assert digest_of(files_in(folder), "python3.11") != digest_of(files_in(folder), "python3.12")
    assert digest_of([], "ab", "c") != digest_of([], "a", "bc")


def test_the_zip_keeps_names_modes_and_content(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(zip_bytes(files_in(folder)))) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
        assert archive.read("app.py") == b"one"
    assert modes == {"app.py": 0o644, "pkg/run.sh": 0o755}
