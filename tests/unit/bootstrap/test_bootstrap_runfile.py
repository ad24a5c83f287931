"""run.json and the lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.lock import only_one
from bootstrap.runfile import RunFile, Started
from groundcloud.errors import UserError
from tests.support.processes import ROOT

ONE = Started("cloud", 1, "a", "http://127.0.0.1:4566", "cloud.log")
TWO = Started("console", 2, "b", "http://127.0.0.1:8080", "console.log")


def test_what_was_noted_is_there_for_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "home" / "run.json"
    RunFile(path).add(ONE)
    RunFile(path).add(TWO)
    assert RunFile(path).all() == [ONE, TWO]
    assert RunFile(path).get("console") == TWO
    RunFile(path).remove("cloud")
    assert RunFile(path).all() == [TWO]
    assert [each.name for each in path.parent.iterdir()] == ["run.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"processes": [{"name": "x"}]}', '{"processes": 1}'])
def test_a_broken_file_is_never_believed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    assert RunFile(path).all() == []
    RunFile(path).add(ONE)
    assert RunFile(path).all() == [ONE]


def test_two_do_not_work_at_the_same_time(tmp_path: Path) -> None:
    lock, told = tmp_path / "home" / "lock", []
    code = (
        "import sys; from pathlib import Path; from bootstrap.lock import only_one\n"
        "with only_one(Path(sys.argv[1]), print):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(UserError, match="Another `make up` or `make down`"), only_one(lock, told.append, wait=0.1):
        raise AssertionError("the lock is held")
    assert told == ["Waiting for another `make up` or `make down`"]
    other.communicate()
    with only_one(lock, told.append, wait=0):
        assert len(told) == 1


def test_a_working_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be used"), only_one(tmp_path / "file" / "lock", print):
        pass
