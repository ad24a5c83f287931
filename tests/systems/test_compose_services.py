"""What docker-compose.yml starts, started here: each service's own command with its own settings and its own health
check, read from the file. Only names and folders of containers become those of this machine.

Where no Docker runs this is what shows that the file means what it should: `tests/support/on_this_host.py`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bootstrap.database import Database, binary
from bootstrap.process import start, stop
from tests.support.compose import Service, services
from tests.support.on_this_host import LOOPBACK, on_this_host
from tests.support.processes import Child, clean_environ, free_port, poll

SECONDS = 60
"""Far above what a start takes: the machine may be busy."""


def python_of(command: list[str]) -> list[str]:
    """The words behind `python`, which is this one."""
    assert command[0] == "python"
    return command[1:]


def is_well(service: Service, environ: Mapping[str, str]) -> bool:
    """Run the health check as Docker would."""
    kind, program, *words = service.healthcheck["test"]
    assert kind == "CMD"
    path = sys.executable if program == "python" else binary(program)
    return subprocess.run([path, *words], env=environ, capture_output=True, check=False).returncode == 0


@contextmanager
def running(service: Service, folder: Path, elsewhere: Mapping[tuple[str, int], int]) -> Iterator[Child]:
    """One of our two services, started and found well by its own health check."""
    environ = clean_environ(**on_this_host(service.environment, folder, elsewhere))
    child = Child(python_of(list(service.command)), environ=environ, log=folder / f"{service.name}.log")
    try:
        child.wait_until(lambda: is_well(service, environ), timeout=SECONDS, what=f"the health check of {service.name}")
        yield child
    finally:
        if child.running:
            child.kill()


def test_the_database(tmp_path: Path) -> None:
    service = services({"DATABASE_PASSWORD": "correct-horse"})["database"]
    program, *words = service.command
    options = dict(each.split("=", 1) for each in words if each != "-c")
    assert (program, options) == ("postgres", {"listen_addresses": "*", "port": "5432"})
    port, password = free_port(), service.environment["POSTGRES_PASSWORD"]
    database = Database(tmp_path / "database", port, "DATABASE_PORT", "make up", password)
    database.prepare()
    process = start("database", list(database.command(options)), "", tmp_path / "log", tmp_path)
    try:
        environ = clean_environ(PGHOST=LOOPBACK, PGPORT=str(port))
        poll(lambda: is_well(service, environ), timeout=SECONDS, what="the database's health check")
        with psycopg.connect(host=LOOPBACK, port=port, user="postgres", password="correct-horse") as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("postgres",)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=LOOPBACK, port=port, user="postgres", password="wrong")
    finally:
        stop(process)
