"""The `make` commands of README.md and docs/developing.md, on ports and in a folder of their own: up, up again, one's
own application, call, log, debug, down, up.

`make` is told that the environment is installed: whoever runs this has it, and a test must not change it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.aws import Aws
from tests.support.docs import blocks
from tests.support.http import cloud_client
from tests.support.processes import ROOT, clean_environ, free_port, quiet_port
from tests.support.templates import NOTES

pytestmark = pytest.mark.timeout(900)


class Checkout:
    """This checkout, with ports and a working folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.ui_port = free_port(), free_port()
        self.aws = Aws(f"http://127.0.0.1:{self.port}", "test")
        self._environ = clean_environ(
            GROUNDCLOUD_PORT=str(self.port),
            GROUNDCLOUD_UI_PORT=str(self.ui_port),
            GROUNDCLOUD_HOME=str(home),
            GROUNDCLOUD_APP_ROOT=os.path.commonpath([ROOT, home]),
            COLUMNS="120",
        )

    def make(self, *arguments: str, stderr: bool = True) -> str:
        """Run one target; what it printed, its errors too unless `stderr` is false."""
        command = ["make", "--no-print-directory", "-o", ".venv/.stamp", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"make {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout + (done.stderr if stderr else "")

    def status(self, port: int, path: str) -> int:
        with cloud_client(port) as http:
            return http.get(path).status_code


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path / "home")
    yield checkout
    checkout.aws.close()
    checkout.make("down", "CLEAN=1")


def test_the_readme_shows_the_commands_that_are_tried_here() -> None:
    shown = "".join(each.body for each in blocks(Path("README.md")) if each.info == ("sh", "lifecycle"))
    assert [line.split("#")[0].strip() for line in shown.splitlines()] == [
        "make up",
        "make test",
        "make up APP=path/to/template.yaml",
        "make traces",
    ]


def developing() -> list[list[str]]:
    """The arguments of each `make` that docs/developing.md shows."""
    shown = "".join(each.body for each in blocks(Path("docs/developing.md")) if each.info == ("sh", "lifecycle"))
    return [shlex.split(line.partition(">")[0])[1:] for line in shown.splitlines()]


def try_what_developing_shows(checkout: Checkout) -> None:
    call, sample, logs, denied, milk, debug = developing()
    assert '"statusCode"' in checkout.make(*call)
    event = json.loads(checkout.make(*sample, stderr=False))
    assert event["Records"][0]["body"] == "hello"
    assert "START RequestId" in checkout.make(*logs[:-1], "NOFOLLOW=1")
    assert "START RequestId" not in checkout.make(*logs, "NOFOLLOW=1")
    assert "CreateTask" in checkout.make("traces")
    checkout.make(*denied)
    checkout.make(*milk)
    assert "5678" in checkout.make(*debug)
    assert "statusCode" not in checkout.make(*debug, "OFF=1")
    assert '"statusCode"' in checkout.make(*call)


def test_up_and_down(checkout: Checkout, tmp_path: Path) -> None:
    printed = checkout.make("up")
    assert f"127.0.0.1:{checkout.ui_port}" in printed
    assert checkout.status(checkout.port, "/_groundcloud/v1/health") == 200
    assert checkout.status(checkout.ui_port, "/") == 200
    stacks = checkout.aws.client("cloudformation")
    before = stacks.describe_stacks(StackName="cloudtask")["Stacks"][0]

    checkout.make("up")
    after = stacks.describe_stacks(StackName="cloudtask")["Stacks"][0]
    assert after.get("LastUpdatedTime") == before.get("LastUpdatedTime")
    assert after["Outputs"] == before["Outputs"]

    try_what_developing_shows(checkout)

    (tmp_path / "notes").mkdir()
    own = tmp_path / "notes" / "template.yaml"
    own.write_text(NOTES)
    checkout.make("up", f"APP={own}", "STACK=notes")
    table = stacks.describe_stacks(StackName="notes")["Stacks"][0]["Outputs"][0]["OutputValue"]
    checkout.aws.client("dynamodb").put_item(TableName=table, Item={"id": {"S": "kept"}})

    checkout.make("down")
    with pytest.raises(OSError, match="refused|reset"):
        _connect(checkout.port)

    checkout.make("up")
    found = checkout.aws.client("dynamodb").get_item(TableName=table, Key={"id": {"S": "kept"}})
    assert found["Item"] == {"id": {"S": "kept"}}


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=60).close()


@pytest.mark.slow
def test_login_comes_up_beside_the_cloud_and_is_found_again(checkout: Checkout) -> None:
    """The commands of services/login/README.md: started once, left alone the second time, and kept over a stop."""
    port = quiet_port()
    command = ("login", f"PORT={port}", f"DATABASE_PORT={quiet_port()}")
    shown = checkout.make(*command)
    assert f"http://localhost:{port}" in shown and "Starting the database" in shown
    assert checkout.status(port, "/health") == 200
    pool = re.search(r"--user-pool-id (\S+)", shown)
    assert pool is not None
    assert "Starting" not in checkout.make(*command)
    assert "Stopped the login and the database and the console and the cloud" in checkout.make("down")
    again = checkout.make(*command)
    assert "Starting the database" in again and pool[1] in again
    assert checkout.status(port, "/health") == 200
