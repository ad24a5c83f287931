"""docker-compose.yml as Compose reads it: variables filled in, merged keys merged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.support.tree import ROOT

FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<sign>[-+])(?P<word>[^}]*))?\})")


@dataclass(frozen=True)
class Service:
    """One service: `ports` are ``address:published:target``, `volumes` as written."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    ports: tuple[str, ...]
    volumes: tuple[Any, ...]
    healthcheck: dict[str, Any]
    written: dict[str, Any] = field(repr=False)


def services(variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    """The services of docker-compose.yml for these variables of the shell or of `.env`."""
    written = filled(yaml.safe_load(FILE.read_text()), variables or {})
    return {name: _service(name, found) for name, found in written["services"].items()}


def filled(value: Any, variables: Mapping[str, str]) -> Any:
    """`value` with the variables in each of its texts filled in. Like Compose, after the YAML is parsed."""
    if isinstance(value, dict):
        return {key: filled(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, variables) for each in value]
    return interpolated(value, variables) if isinstance(value, str) else value


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """The kinds of interpolation that we use: https://docs.docker.com/reference/compose-file/interpolation/"""

    def value(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        given, word = variables.get(found["name"], ""), found["word"] or ""
        if found["sign"] == "+":
            return word if given else ""
        return given or word

    return _VARIABLE.sub(value, text)


def _service(name: str, found: dict[str, Any]) -> Service:
    return Service(
        name,
        found["image"],
        tuple(found.get("command", ())),
        {key: str(value) for key, value in found.get("environment", {}).items()},
        tuple(found.get("ports", ())),
        tuple(found.get("volumes", ())),
        found["healthcheck"],
        found,
    )
