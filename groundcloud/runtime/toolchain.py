"""What a function runs on and where: plain facts that families, environ and launcher share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Toolchain:
    """What is installed to run a runtime: `executable`, its full `version`, the folder of modules that the runtime
    brings, and a `warning` for the function's log when it is not the version asked for."""

    executable: Path
    version: str
    runtime_dir: Path
    warning: str = ""


@dataclass(frozen=True)
class Place:
    """Where an environment runs: `task_root` is the unpacked code, `layers` the unpacked layers in order,
    `toolchain` what runs it, `endpoint_url` the cloud."""

    task_root: Path
    layers: tuple[Path, ...]
    toolchain: Toolchain
    endpoint_url: str
