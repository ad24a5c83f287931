"""The programs that LocalStack without Docker needs, found or asked for in a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from groundcloud.errors import UserError
from groundcloud.hostengine.machine import Machine
from groundcloud.hostengine.versions import JAVA, PYTHON

_PYTHON = ".".join(map(str, PYTHON))
_PYTHON_PLACES = (
    f"~/.pyenv/versions/{_PYTHON}.*/bin/python{_PYTHON}",
    f"~/.local/share/uv/python/cpython-{_PYTHON}.*/bin/python{_PYTHON}",
    f"/opt/homebrew/opt/python@{_PYTHON}/bin/python{_PYTHON}",
    f"/usr/local/opt/python@{_PYTHON}/bin/python{_PYTHON}",
)
_ASK_PYTHON = "import ensurepip, sys, venv; print('.'.join(map(str, sys.version_info[:2])))"
_JAVA_PLACES = (
    "/usr/lib/jvm/*/bin/java",
    "/opt/homebrew/opt/openjdk*/bin/java",
    "/usr/local/opt/openjdk*/bin/java",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java",
)

PYTHON_HINT = (
    f"Install it, for instance: sudo apt-get install python{_PYTHON} python{_PYTHON}-venv, "
    f"pyenv install {_PYTHON}, uv python install {_PYTHON}, or brew install python@{_PYTHON}"
)
JAVA_HINT = (
    f"Install it, for instance: sudo apt-get install openjdk-{JAVA}-jre-headless, or brew install openjdk@{JAVA}"
)
NPM_HINT = "Install Node.js, for instance: sudo apt-get install npm, or brew install node"


@dataclass(frozen=True)
class Tools:
    """What was found: the Python to make an environment with, the home of the Java that runs DynamoDB Local, and the
    words before an npm command."""

    python: Path
    java_home: Path
    npm: tuple[str, ...]


def find_tools(machine: Machine) -> Tools:
    """The programs, or a `UserError` that names every one that is missing and says how to get it."""
    python, java_home, npm = find_python(machine), find_java_home(machine), machine.npm()
    if python is not None and java_home is not None and npm:
        return Tools(python, java_home, npm)
    missing = (
        (python is None, f"Python {_PYTHON} with its module venv", PYTHON_HINT),
        (java_home is None, f"Java {JAVA} or newer", JAVA_HINT),
        (not npm, "npm", NPM_HINT),
    )
    names = [name for absent, name, _ in missing if absent]
    hints = [hint for absent, _, hint in missing if absent]
    raise UserError(f"LocalStack without Docker needs {' and '.join(names)}, not found here", ". ".join(hints))


def find_python(machine: Machine) -> Path | None:
    """A Python of the wanted version that can make environments."""
    candidates = [machine.which(f"python{_PYTHON}"), machine.which("python3")]
    candidates += [path for place in _PYTHON_PLACES for path in machine.matching(place)]
    for path in filter(None, candidates):
        # Asked, not believed: a shim of pyenv's is on the PATH for versions that are switched off.
        if machine.run([path, "-c", _ASK_PYTHON]).output.strip() == _PYTHON:
            return path
    return None


def find_java_home(machine: Machine) -> Path | None:
    """The home of a Java that is new enough."""
    candidates = [machine.which("java"), *(path for place in _JAVA_PLACES for path in machine.matching(place))]
    for path in filter(None, candidates):
        told = machine.run([path, "-XshowSettings:properties", "-version"]).complaint
        home, version = _property(told, "java.home"), _property(told, "java.specification.version")
        if home and version.isdecimal() and int(version) >= JAVA:
            return Path(home)
    return None


def _property(text: str, name: str) -> str:
    found = re.search(rf"^\s*{re.escape(name)} = (.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""
