"""Which Python runs the cloud of a test session."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import groundcloud
from groundcloud.errors import UserError
from groundcloud.testing.python import CloudPython, environment, find_python, missing, requirements

MAKES = """#!/bin/sh
echo "$@" >> {log}
for last; do :; done
[ "$1" = venv ] && mkdir -p "$last/bin" && ln -s {python} "$last/bin/python"
exit 0
"""
FAILS = "#!/bin/sh\necho 'no network' >&2\nexit 1\n"


def told(_text: str) -> None:
    """Nobody listens."""


def fake_uv(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `uv` that comes first on the path; its calls are lines of the file that is returned."""
    folder.mkdir()
    log, script = folder / "calls", folder / "uv"
    script.write_text(text.format(log=log, python=sys.executable))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return log


def test_here_everything_is_as_pinned_so_this_python_serves(tmp_path: Path) -> None:
    wanted = requirements()
    assert f"boto3=={version('boto3')}" in wanted
    assert not [line for line in wanted if line.startswith("boto3>")], "what is pinned is not asked for loosely as well"
    assert not [line for line in wanted if line.startswith(("flask", "ruff"))], "only the cloud's own"
    assert missing(wanted) == []
    assert find_python("", tmp_path, tmp_path, told) == CloudPython(sys.executable)


def test_another_version_and_an_absent_package_are_missing() -> None:
    wanted = ["boto3==1.0.0", "no-such-package==1", f"click=={version('click')}"]
    assert missing(wanted) == ["boto3==1.0.0", "no-such-package==1"]


def test_a_named_python_finds_this_package_and_nothing_else_of_this_python(tmp_path: Path) -> None:
    found = find_python(sys.executable, tmp_path / "cache", tmp_path, told)
    link = Path(found.environ["PYTHONPATH"])
    assert [each.name for each in link.iterdir()] == ["groundcloud"]
    assert (link / "groundcloud").resolve() == Path(groundcloud.__file__).parent
    with pytest.raises(UserError, match="There is no Python /nowhere/python"):
        find_python("/nowhere/python", tmp_path, tmp_path, told)


def test_an_environment_is_made_once_for_each_set_of_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fake_uv(tmp_path / "bin", MAKES, monkeypatch)
    said: list[str] = []
    first = environment(["a==1"], tmp_path / "cache", said.append)
    again = environment(["a==1"], tmp_path / "cache", said.append)
    other = environment(["a==2"], tmp_path / "cache", said.append)
    assert first == again != other
    assert [line.split()[0] for line in calls.read_text().splitlines()] == ["venv", "pip", "venv", "pip"]
    assert len(said) == 2 and "once, for a minute or two" in said[0]


def test_an_environment_that_was_cut_off_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_uv(tmp_path / "bin", MAKES, monkeypatch)
    python = environment(["a==1"], tmp_path / "cache", told)
    (python.parent.parent / ".complete").unlink()
    (python.parent.parent / "half").touch()
    assert environment(["a==1"], tmp_path / "cache", told) == python
    assert not (python.parent.parent / "half").exists()


def test_what_could_not_be_made_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_uv(tmp_path / "bin", FAILS, monkeypatch)
    with pytest.raises(UserError, match="could not be made: no network") as caught:
        environment(["a==1"], tmp_path / "cache", told)
    assert "GROUNDCLOUD_PYTHON" in caught.value.hint
    assert [each.suffix for each in (tmp_path / "cache").iterdir()] == [".lock"]
