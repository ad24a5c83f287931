"""What we depend on is pinned exactly, and the lock file says the same."""

from __future__ import annotations

import re
import tomllib

from tests.support.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def requirements() -> list[str]:
    return [each for extra in PROJECT["optional-dependencies"].values() for each in extra]


def test_every_requirement_of_the_extras_is_pinned_as_locked() -> None:
    """The base requirements stay loose: a stranger's project installs them next to its own."""
    for requirement in requirements():
        found = re.match(r"([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", requirement)
        assert found, f"{requirement} is not pinned"
        assert LOCK.get(found[1].lower()) == found[2], f"{requirement}: the lock has {LOCK.get(found[1].lower())}"


def test_base_requirements_are_in_the_lock() -> None:
    names = {re.match(r"[A-Za-z0-9._-]+", each)[0].lower() for each in PROJECT["dependencies"]}  # type: ignore[index]
    assert names - set(LOCK) == set()


def test_what_the_login_server_installs_is_what_is_tested() -> None:
    """Its requirements are locked with ours: `uv pip compile` is given both files."""
    lines = (ROOT / "services" / "login" / "app" / "requirements.txt").read_text().split()
    pins = dict(re.sub(r"\[.*\]", "", line).split("==") for line in lines)
    assert {name: LOCK.get(name) for name in pins} == pins
