"""Which Python runs the cloud, so that its pinned packages never meet those of the project under test.

In this order: the one that `GROUNDCLOUD_PYTHON` (or `--cloud-python`) names; this one, where it has every package of
`groundcloud[cloud]` in the pinned version; an environment in the user's cache, made once for each set of pins. What is
this very package is linked into that environment's path: both sides are always of the same version.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import groundcloud
from groundcloud.errors import UserError

DISTRIBUTION, EXTRA = "groundcloud", "cloud"
_SECONDS = 900
_STAMP = ".complete"

Tell = Callable[[str], None]


@dataclass(frozen=True)
class CloudPython:
    """`executable`, and the variables with which it finds this package."""

    executable: str
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def this(cls) -> CloudPython:
        """The Python that runs the tests."""
        return cls(sys.executable)


def find_python(asked: str, cache: Path, home: Path, tell: Tell) -> CloudPython:
    """The Python for a session. `asked` is the one that the user named, or empty; `home` a folder of the session.
    Making an environment below `cache` takes a minute or two and is told by `tell`. Raises `UserError`."""
    if asked:
        if shutil.which(asked) is None:
            raise UserError(f"There is no Python {asked}", "Correct GROUNDCLOUD_PYTHON or --cloud-python")
        return CloudPython(asked, _linked(home))
    wanted = requirements()
    if not missing(wanted):
        return CloudPython.this()
    return CloudPython(str(environment(wanted, cache, tell)), _linked(home))


def requirements() -> list[str]:
    """What the cloud needs, as the installed package's metadata says, for this machine."""
    from packaging.requirements import Requirement

    found = []
    for line in distribution(DISTRIBUTION).requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": EXTRA}):
            requirement.marker = None
            found.append(str(requirement))
    # Of what the base wants loosely and the extra exactly, the extra decides.
    pinned = {Requirement(line).name for line in found if "==" in line}
    return sorted(line for line in found if "==" in line or Requirement(line).name not in pinned)


def missing(wanted: list[str]) -> list[str]:
    """Those of `wanted` that this Python does not have, or has in another version."""
    from packaging.requirements import Requirement

    def has(requirement: Requirement) -> bool:
        try:
            return requirement.specifier.contains(version(requirement.name), prereleases=True)
        except PackageNotFoundError:
            return False

    return [line for line in wanted if not has(Requirement(line))]


def environment(wanted: list[str], cache: Path, tell: Tell) -> Path:
    """The Python of an environment with exactly `wanted`, made where it is not yet. Raises `UserError`."""
    name = f"{sys.implementation.cache_tag}-{hashlib.sha256(chr(10).join(wanted).encode()).hexdigest()[:16]}"
    folder = cache / name
    python = folder / "bin" / "python"
    if (folder / _STAMP).is_file() and python.exists():
        return python
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / f"{name}.lock"):
        if not (folder / _STAMP).is_file() or not python.exists():
            tell(f"Making the cloud's environment in {folder}: once, for a minute or two")
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder, wanted)
            (folder / _STAMP).touch()
    return python


def _make(folder: Path, wanted: list[str]) -> None:
    uv, python = shutil.which("uv"), str(folder / "bin" / "python")
    if uv:
        commands = [
            # With pip: builds of functions with dependencies need it.
            [uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(folder)],
            [uv, "pip", "install", "--quiet", "--python", python, *wanted],
        ]
    else:
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *wanted]
        commands = [[sys.executable, "-m", "venv", str(folder)], pip]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        if done.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            reason = (done.stderr or done.stdout).strip()[-2000:]
            raise UserError(
                f"The cloud's environment in {folder} could not be made: {reason}",
                "The first session needs the network; or GROUNDCLOUD_PYTHON names one that has groundcloud[cloud]",
            )


def _linked(home: Path) -> dict[str, str]:
    """A folder on the path with this package and nothing else of this Python's."""
    folder, package = home / "import", Path(groundcloud.__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / package.name
    if not link.is_symlink():
        link.symlink_to(package)
    return {"PYTHONPATH": str(folder)}


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One process at a time: the workers of pytest-xdist begin together."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
