"""The door to this machine's programs: where they are, and what they answer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundcloud.npm import npm_command

_SECONDS = 1800
"""An installation downloads some hundred megabytes, by whatever line there is."""


@dataclass(frozen=True)
class Answer:
    """How a program ended: its exit status, its output, and what it complained of."""

    status: int
    output: str
    complaint: str


class Machine:
    """The programs of this machine."""

    def which(self, name: str) -> Path | None:
        """Where the PATH has `name`."""
        found = shutil.which(name)
        return Path(found) if found else None

    def npm(self) -> tuple[str, ...]:
        """The words before an npm command; none when there is no npm."""
        return npm_command()

    def matching(self, pattern: str) -> list[Path]:
        """The files that match a pattern, which may start with ``~``; the last in the alphabet first."""
        whole = Path(pattern).expanduser()
        return sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))), reverse=True)

    def run(self, command: Sequence[str | Path], folder: Path | None = None) -> Answer:
        """Run a program to its end. One that cannot be started answers with status 127."""
        words = [str(word) for word in command]
        try:
            done = subprocess.run(
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except OSError as error:
            return Answer(127, "", str(error))
        except subprocess.TimeoutExpired:
            return Answer(124, "", f"{words[0]} did not end within {_SECONDS // 60} minutes")
        return Answer(done.returncode, done.stdout, done.stderr)
