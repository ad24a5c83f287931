"""Everything the tests need beyond Python packages, brought in once: a Chromium, the AWS CLI, and npm packages.

Run by `make test` before pytest, with `--whole` by `make test-all`, which brings in the SAM CLI and LocalStack too.
Each step leaves a stamp below `.groundcloud`, so that a second run takes milliseconds and needs no network.

Chromium: an installed Chromium or Chrome, else Playwright's, else Debian's package when root. Each command line
goes into an environment of its own, because its exact pins must not meet ours. `tests/npm` names the libraries that
pages sign in with; they are served to the browser as their makers ship them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundcloud.hostengine.install import Installed

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".groundcloud" / "tools"
AWSCLI_VERSION = "1.46.2"
SAMCLI_VERSION = "1.170.0"

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
BROWSER_HELP = (
    "The browser tests need Chromium or Google Chrome and none could be found or installed.\n"
    "Install one (for instance `sudo apt-get install chromium`, or from https://www.google.com/chrome),\n"
    "or let Playwright fetch its own: `.venv/bin/playwright install chromium`. Then run the same command again."
)


class PreparationError(Exception):
    """Something is missing that the person at the terminal has to put right; the message says how."""


def find_chromium() -> Path | None:
    """The browser that the tests use, or None: what an earlier run found, an installed one, Playwright's own."""
    stamp = TOOLS / "chromium.path"
    if stamp.is_file() and (known := Path(stamp.read_text().strip())).is_file():
        return known
    return _installed_chromium() or _playwright_chromium()


def aws_command() -> Path | None:
    """The AWS CLI made by `prepare`, or None."""
    command = TOOLS / "awscli" / "bin" / "aws"
    return command if command.is_file() else None


def sam_command() -> Path | None:
    """The SAM CLI made by `prepare(whole=True)`, or None."""
    command = TOOLS / "aws-sam-cli" / "bin" / "sam"
    return command if command.is_file() else None


def npm_package(name: str) -> Path:
    """The folder of an npm package that `tests/npm` names."""
    return TOOLS / "npm" / "node_modules" / name


def install_localstack() -> Installed:
    """LocalStack without Docker, in the working folder of the repository. Raises `UserError`."""
    from groundcloud.hostengine.install import Installer
    from groundcloud.hostengine.machine import Machine

    return Installer(ROOT / ".groundcloud" / "localstack", ROOT / "localstack" / "plugin", print, Machine()).ensure()


def prepare(*, whole: bool = False) -> None:
    """Bring in whatever is missing; `whole` with what the slow tests use besides. Raises `PreparationError` with a
    sentence that says what to do."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    _prepare_chromium()
    _prepare_tool("awscli", AWSCLI_VERSION)
    if whole:
        _prepare_tool("aws-sam-cli", SAMCLI_VERSION)
        _prepare_localstack()
    _prepare_npm_packages()


def _prepare_chromium() -> None:
    found = find_chromium() or _install_playwright_chromium() or _install_debian_chromium()
    if found is None:
        raise PreparationError(BROWSER_HELP)
    (TOOLS / "chromium.path").write_text(f"{found}\n")


def _installed_chromium() -> Path | None:
    for name in BROWSER_NAMES:
        if found := shutil.which(name):
            return Path(found)
    return next((Path(path) for path in MACOS_BROWSERS if Path(path).is_file()), None)


def _playwright_chromium() -> Path | None:
    """Playwright's own build, if it was ever downloaded. Importing is put off: this runs before anything is certain."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def _install_playwright_chromium() -> Path | None:
    _say("No Chromium or Chrome on this machine: asking Playwright for its own")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return _playwright_chromium() if _run(command, timeout=240) else None


def _install_debian_chromium() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    _say("Installing Debian's Chromium")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "-qq", "update"], timeout=300, environ=quiet)
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    return _installed_chromium() if _run(install, timeout=900, environ=quiet) else None


def _prepare_tool(package: str, version: str) -> None:
    folder = TOOLS / package
    stamp = folder / "version"
    if stamp.is_file() and stamp.read_text().strip() == version:
        return
    _say(f"Installing {package} {version} into {folder.relative_to(ROOT)}")
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    made = _run([sys.executable, "-m", "venv", str(folder)], timeout=180)
    if not made:
        raise PreparationError(
            f"Python could not make a virtual environment in {folder}.\n"
            "On Debian and Ubuntu: `sudo apt-get install python3-venv`. Then run the same command again."
        )
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not _run([*install, f"{package}=={version}"], timeout=600):
        shutil.rmtree(folder, ignore_errors=True)
        raise PreparationError(
            f"pip could not install {package}=={version}; its message is above. The first run needs the network."
        )
    stamp.write_text(f"{version}\n")


def _prepare_npm_packages() -> None:
    from groundcloud.errors import UserError
    from groundcloud.runtime.node_install import install

    try:
        if install(TOOLS / "npm", ROOT / "tests" / "npm"):
            _say("Installed the npm packages of tests/npm")
    except UserError as error:
        raise PreparationError(f"{error}\n{error.hint}") from error


def _prepare_localstack() -> None:
    """Minutes that no test should have to wait for. What cannot be installed fails the tests that need it."""
    from groundcloud.errors import UserError

    try:
        install_localstack()
    except UserError as error:
        _say(f"LocalStack could not be installed: {error}. {error.hint}")


def _run(command: list[str], timeout: float, environ: dict[str, str] | None = None) -> bool:
    """Run one command, its output shown only when it fails."""
    try:
        done = subprocess.run(
            command,
            timeout=timeout,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        _say(f"{command[0]} did not finish: {error}")
        return False
    if done.returncode:
        _say((done.stdout + done.stderr).strip()[-2000:])
    return done.returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    try:
        prepare(whole="--whole" in sys.argv[1:])
    except PreparationError as error:
        _say(f"\n{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
