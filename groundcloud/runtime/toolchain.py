"""What a function runs on and where: plain facts that families, environ and launcher share."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """Where an environment runs, as its function sees it: `task_root` the code, `layers` the layers in order (one
    folder, /opt, in a sandbox), `toolchain` what runs it, `endpoint_url` the cloud.

    In a sandbox `code`, `opt` and `host_runtime_dir` are the folders of this host that are shown as /var/task, /opt
    and /var/runtime; else `code` is None.
    """

    task_root: Path
    layers: tuple[Path, ...]
    toolchain: Toolchain
    endpoint_url: str
    code: Path | None = None
    opt: Path | None = None
    host_runtime_dir: Path | None = None

    @property
    def sandboxed(self) -> bool:
        return self.code is not None

    @property
    def packages(self) -> list[Path]:
        """The folders of this host with the code and the layers."""
        if self.code is None:
            return [self.task_root, *self.layers]
        return [self.code, self.opt] if self.opt is not None else [self.code]


def in_sandbox(code: Path, opt: Path | None, toolchain: Toolchain, endpoint_url: str) -> Place:
    """Lambda's own folders, with what is shown there."""
    return Place(
        task_root=Path("/var/task"),
        layers=(Path("/opt"),),
        toolchain=replace(toolchain, runtime_dir=Path("/var/runtime")),
        endpoint_url=endpoint_url,
        code=code,
        opt=opt,
        host_runtime_dir=toolchain.runtime_dir,
    )
