"""Java agents that cannot be loaded because their jar is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

_OPTION = "-javaagent:"


def without_missing_agents(command: Sequence[str | Path], exists: Callable[[str], bool]) -> list[str | Path]:
    """`command`, of words and paths, without the Java agents whose jar does not exist.

    LocalStack runs DynamoDB Local with an agent (it allows more than 20 indexes a table) that its image brings. Where
    DynamoDB Local came from npm there is none, and Java would not start for want of it.
    """
    return [word for word in command if not str(word).startswith(_OPTION) or exists(_jar(str(word)))]


def _jar(option: str) -> str:
    """The file of ``-javaagent:FILE=OPTIONS``."""
    return option.removeprefix(_OPTION).partition("=")[0]
