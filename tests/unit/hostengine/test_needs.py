"""Which programs LocalStack without Docker runs with, and the sentence when one is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.errors import UserError
from groundcloud.hostengine.needs import find_tools
from tests.fakes.host_machine import HostMachine


def test_the_programs_of_the_path_are_taken() -> None:
    tools = find_tools(HostMachine())
    assert tools.python == Path("/usr/bin/python3.13")
    assert tools.java_home == Path("/jvm/17")
    assert tools.npm == ("/usr/bin/npm",)


def test_a_shim_that_does_not_start_its_python_is_passed_over() -> None:
    machine = HostMachine()
    machine.pythons = {}
    home = Path("~/.pyenv/versions/3.13.0/bin/python3.13").expanduser()
    machine.elsewhere = [home]
    machine.pythons[home] = "3.13"
    assert find_tools(machine).python == home


def test_an_old_java_is_passed_over_for_a_newer_one_elsewhere() -> None:
    machine = HostMachine()
    machine.javas[Path("/usr/bin/java")] = "11"
    newer = Path("/usr/lib/jvm/java-21-openjdk/bin/java")
    machine.elsewhere, machine.javas[newer] = [newer], "21"
    assert find_tools(machine).java_home == Path("/jvm/21")


@pytest.mark.parametrize(
    ("without", "named", "how"),
    [
        pytest.param("python", "needs Python 3.13 with its module venv, not found", "pyenv install 3.13", id="python"),
        pytest.param("java", "needs Java 17 or newer, not found", "openjdk-17-jre-headless", id="java"),
        pytest.param("npm", "needs npm, not found", "Install Node.js", id="npm"),
    ],
)
def test_what_is_missing_is_a_sentence_that_says_how_to_get_it(without: str, named: str, how: str) -> None:
    machine = HostMachine()
    if without == "python":
        machine.pythons = {}
    elif without == "java":
        machine.javas = {}
    else:
        machine.npm_words = ()
    with pytest.raises(UserError) as caught:
        find_tools(machine)
    assert named in caught.value.message
    assert how in caught.value.hint
    assert "brew install" in caught.value.hint


def test_all_that_is_missing_is_told_at_once() -> None:
    machine = HostMachine()
    machine.on_path, machine.npm_words = {}, ()
    with pytest.raises(UserError, match=r"Python 3\.13 with its module venv and Java 17 or newer and npm"):
        find_tools(machine)
