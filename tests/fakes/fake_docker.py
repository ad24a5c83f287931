"""The command `docker` without Docker: it remembers what it was asked for and answers as it was told to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bootstrap.compose import Docker, Done


class FakeDocker(Docker):
    """`answers` are how commands end, by their first words that are no option; every other ends well."""

    def __init__(self, answers: dict[str, Done] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[str, ...]] = []
        self.variables: dict[str, str] = {}

    def run(self, arguments: Sequence[str], variables: dict[str, str] | None = None, log: Path | None = None) -> Done:
        self.asked.append(tuple(arguments))
        self.variables |= variables or {}
        done = next((done for words, done in self.answers.items() if set(words.split()) <= set(arguments)), Done(0))
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(done.output)
            return Done(done.status)
        return done

    @property
    def done(self) -> list[str]:
        """The Compose commands that change something, in order."""
        return [word for words in self.asked for word in words if word in ("up", "down")]
