"""What we depend on is pinned exactly, and the lock file says the same."""

from __future__ import annotations

import re
import tomllib

from tests.support.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


LOOSE = {"containers"}
"""Extras that a stranger's project installs next to its own packages, as it does the base."""


def requirements() -> list[str]:
    return [each for name, extra in PROJECT["optional-dependencies"].items() if name not in LOOSE for each in extra]


def loose() -> list[str]:
    return [*PROJECT["dependencies"], *(each for name in LOOSE for each in PROJECT["optional-dependencies"][name])]


def test_every_requirement_of_the_extras_is_pinned_as_locked() -> None:
    for requirement in requirements():
        found = re.match(r"([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)", requirement)
        assert found, f"{requirement} is not pinned"
        assert LOCK.get(found[1].lower()) == found[2], f"{requirement}: the lock has {LOCK.get(found[1].lower())}"


def test_loose_requirements_are_in_the_lock() -> None:
    names = {re.match(r"[A-Za-z0-9._-]+", each)[0].lower() for each in loose()}  # type: ignore[index]
    assert names - set(LOCK) == set()


def test_what_the_login_server_installs_is_what_is_tested() -> None:
    """Its requirements are locked with ours: `uv pip compile` is given both files."""
    lines = (ROOT / "services" / "login" / "app" / "requirements.txt").read_text().split()
    pins = dict(re.sub(r"\[.*\]", "", line).split("==") for line in lines)
    assert {name: LOCK.get(name) for name in pins} == pins
