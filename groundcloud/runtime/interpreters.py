"""Chooses the Python that runs a function, and lays out the modules its runtime brings.

A function sees the standard library of the interpreter *behind* our virtual environment, and beside it one folder of
links to exactly the runtime client and boto3 with what they need: never our virtual environment.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from groundcloud.runtime import errors
from groundcloud.runtime.toolchain import Toolchain

OLDEST = (3, 10)
"""What boto3 needs."""

_RUNTIME = re.compile(r"python3\.(\d+)")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PROBE_SECONDS = 10


@dataclass(frozen=True)
class Interpreter(Toolchain):
    """A Python, with the runtime `client` to use on it: "awslambdaric" or "pure"."""

    client: str = "pure"


class Interpreters:
    """Finds and remembers interpreters. `pure` forces our own client, as where `awslambdaric` has no wheel; `pyenv` is
    where pyenv keeps its versions, ``~/.pyenv`` by default."""

    def __init__(self, folder: Path, *, pure: bool = False, pyenv: Path | None = None) -> None:
        self._folder = folder
        self._pyenv = pyenv or Path.home() / ".pyenv"
        self._pure = pure or not awslambdaric_works()
        self._known: dict[str, Interpreter] = {}

    def known(self, runtime: str) -> Interpreter | None:
        return self._known.get(runtime)

    def choose(self, runtime: str) -> Interpreter:
        """The interpreter for ``python3.x``; blocks while it looks. Raises `AwsError` for another runtime."""
        known = self._known.get(runtime)
        if known is None:
            known = self._known[runtime] = self._choose(runtime)
        return known

    def _choose(self, runtime: str) -> Interpreter:
        match = _RUNTIME.fullmatch(runtime)
        if match is None:
            raise errors.unsupported(f"'{runtime}'")
        wanted = (3, int(match[1]))
        running = sys.version_info[:2]
        if wanted != running:
            found = _installed(wanted, self._pyenv) if wanted >= OLDEST else None
            if found is not None:
                return Interpreter(found[0], found[1], runtime_folder(self._folder, wanted, pure=True))
        warning = "" if wanted == running else _warning(wanted, running)
        return Interpreter(
            Path(sys.base_prefix) / "bin" / f"python{running[0]}.{running[1]}",
            ".".join(str(part) for part in sys.version_info[:3]),
            runtime_folder(self._folder, running, pure=self._pure),
            warning,
            "pure" if self._pure else "awslambdaric",
        )


def _warning(wanted: tuple[int, int], running: tuple[int, int]) -> str:
    name = f"python{wanted[0]}.{wanted[1]}"
    return (
        f"WARNING: this function asks for {name}, which is not installed here; "
        f"it runs on Python {running[0]}.{running[1]}. Install {name} to run it as on AWS.\n"
    )


def _installed(wanted: tuple[int, int], pyenv: Path) -> tuple[Path, str] | None:
    """The real path and full version of an installed ``python3.x``: on the PATH, else of pyenv, whose versions are on
    no PATH unless they were chosen (https://github.com/pyenv/pyenv#locating-pyenv-provided-python-installations)."""
    name = f"python{wanted[0]}.{wanted[1]}"
    on_path = shutil.which(name)
    roots = [pyenv]
    if on_path is not None and Path(on_path).parent.name == "shims":
        roots.insert(0, Path(on_path).parent.parent)
    candidates = [Path(on_path)] if on_path is not None else []
    for root in roots:
        candidates += _newest_first(root / "versions", wanted, name)
    return next((found for found in (_asked(each, wanted, name) for each in candidates) if found is not None), None)


def _newest_first(versions: Path, wanted: tuple[int, int], name: str) -> list[Path]:
    """The interpreters below a folder with one folder for each full version."""
    release = re.compile(rf"{wanted[0]}\.{wanted[1]}\.(\d+)")
    found = {each: release.fullmatch(each.name) for each in (versions.iterdir() if versions.is_dir() else ())}
    numbered = [(int(match[1]), folder / "bin" / name) for folder, match in found.items() if match is not None]
    return [path for _, path in sorted(numbered, reverse=True) if path.exists()]


def _asked(found: Path, wanted: tuple[int, int], name: str) -> tuple[Path, str] | None:
    """What it says of itself: a name on the PATH may be a launcher that only says it has none."""
    question = "import sys; print(sys.base_prefix, *sys.version_info[:3], sep='\\n')"
    try:
        answer = subprocess.run(
            [found, "-I", "-S", "-c", question], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True
        ).stdout.split("\n")
    except (OSError, subprocess.SubprocessError):
        return None
    executable = Path(answer[0]) / "bin" / name
    if (int(answer[1]), int(answer[2])) != wanted or not executable.exists():
        return None
    return executable, ".".join(answer[1:4])


def awslambdaric_works() -> bool:
    """Whether AWS's client is installed with its compiled part for the running interpreter."""
    return (
        importlib.util.find_spec("awslambdaric") is not None and importlib.util.find_spec("runtime_client") is not None
    )


def closure(names: list[str]) -> list[Distribution]:
    """The distributions `names` and all that they require (extras aside), as installed here, by name."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if _normal(name) in found:
            continue
        try:
            dist = distribution(name)
        except PackageNotFoundError:
            # Required under a marker that does not hold here.
            continue
        found[_normal(name)] = dist
        for requirement in dist.requires or ():
            match = _REQUIREMENT.match(requirement)
            if match is not None and "extra ==" not in requirement:
                waiting.append(match[0])
    return [found[name] for name in sorted(found)]


def runtime_folder(parent: Path, version: tuple[int, int], *, pure: bool) -> Path:
    """A folder of links to what the runtime brings, made once for each set of versions."""
    distributions = closure(["boto3"] if pure else ["awslambdaric", "boto3"])
    content = "\n".join(f"{dist.metadata['Name']}=={dist.version}@{dist.locate_file('')}" for dist in distributions)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    target = parent / f"python{version[0]}.{version[1]}-{digest}"
    if target.is_dir():
        return target
    parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    for dist in distributions:
        _link(dist, scratch)
    scratch.chmod(0o755)
    try:
        scratch.rename(target)
    except OSError:
        # Another process made the same folder meanwhile.
        shutil.rmtree(scratch)
    return target


def _link(dist: Distribution, folder: Path) -> None:
    for name in {file.parts[0] for file in dist.files or ()}:
        if name not in ("..", "__pycache__", "bin"):
            link = folder / name
            if not link.is_symlink():
                link.symlink_to(Path(str(dist.locate_file(name))).resolve())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
