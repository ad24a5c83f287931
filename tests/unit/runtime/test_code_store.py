"""Unpacking packages: what is kept, and what is refused."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from groundcloud.errors import AwsError
from groundcloud.runtime import limits
from groundcloud.runtime.code import remove, unpack
from tests.fakes.fake_engine import zipped


def link(name: str, target: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("real.txt", "real")
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil"])
def test_entries_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AwsError, match="outside the archive") as caught:
        unpack(zipped({name: "x"}), tmp_path / "in" / "code")
    assert caught.value.code == "InvalidZipFileException"
    assert not list(tmp_path.glob("**/evil"))


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "../.."])
def test_links_outside_are_refused(tmp_path: Path, target: str) -> None:
    with pytest.raises(AwsError, match="points outside"):
        unpack(link("inner/link", target), tmp_path / "code")


def test_links_inside_work(tmp_path: Path) -> None:
    unpack(link("inner/link", "../real.txt"), tmp_path / "code")
    assert (tmp_path / "code" / "inner" / "link").read_text() == "real"


def test_no_entry_is_written_through_a_link(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("place")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/tmp")
        archive.writestr("place/file", "x")
    with pytest.raises((AwsError, OSError)):
        unpack(buffer.getvalue(), tmp_path / "code")


def test_sizes_are_counted_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "UNZIPPED_BYTES", 1000)
    unpack(zipped({"a": "x" * 600, "b": "x" * 400}), tmp_path / "fits")
    with pytest.raises(AwsError, match="larger than 1000 bytes"):
        unpack(zipped({"a": "x" * 600, "b": "x" * 401}), tmp_path / "not")


def test_all_is_read_only_but_compiled_modules_have_a_place(tmp_path: Path) -> None:
    target = tmp_path / "code"
    unpack(zipped({"app.py": "", "data/a.txt": "x"}), target)
    modes = {str(path.relative_to(target)): oct(stat.S_IMODE(path.stat().st_mode)) for path in target.rglob("*")}
    assert modes == {"app.py": "0o444", "__pycache__": "0o755", "data": "0o555", "data/a.txt": "0o444"}
    remove(target)
    assert not target.exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no", bytes(range(100))])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        unpack(data, tmp_path / "code")
    assert caught.value.code == "InvalidZipFileException"


def test_a_name_twice_keeps_the_last(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.txt", "first")
        archive.writestr("a.txt", "last")
    unpack(buffer.getvalue(), tmp_path / "code")
    assert (tmp_path / "code" / "a.txt").read_text() == "last"
