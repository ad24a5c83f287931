"""`python -m bootstrap up` and `down`, which `make up` and `make down` call, from nothing to nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bootstrap.process import identity
from bootstrap.runfile import RunFile
from tests.support.aws import Aws
from tests.support.processes import ROOT, clean_environ, free_port, poll


class Place:
    """A working folder with ports of its own, as `make` would see it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.ui_port = free_port(), free_port()

    def run(self, *arguments: str, module: str = "bootstrap") -> subprocess.CompletedProcess[str]:
        environ = clean_environ(
            GROUNDCLOUD_HOME=str(self.home),
            GROUNDCLOUD_PORT=str(self.port),
            GROUNDCLOUD_UI_PORT=str(self.ui_port),
            COLUMNS="200",
        )
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def well(self, *arguments: str, module: str = "bootstrap") -> str:
        done = self.run(*arguments, module=module)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in RunFile(self.home / "run.json").all()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    it = Place(tmp_path / "home")
    yield it
    it.well("down")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A stranger's application outside this repository."""
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("def handler(event, context):\n    print('rung up')\n    return event\n")
    (folder / "template.yaml").write_text(
        """
Transform: AWS::Serverless-2016-10-31
Parameters: {Suffix: {Type: String}}
Resources:
  Till:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.11}
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "orders-${Suffix}"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
    )
    return folder


def test_up_again_down_and_up_with_everything_back(place: Place, app: Path) -> None:
    shown = place.well("up", "--app", str(app), "--parameters", "Suffix=a")
    assert f"The cloud is started: http://127.0.0.1:{place.port}" in shown
    assert f"The console is started: http://127.0.0.1:{place.ui_port}" in shown
    assert "Stack shop is deployed (CREATE_COMPLETE)" in shown
    assert "AWS_ENDPOINT_URL=" in shown
    first = place.pids()

    again = place.well("up", "--app", str(app))
    assert "Stack shop is unchanged: nothing to do" in again
    assert place.pids() == first

    aws = Aws(f"http://127.0.0.1:{place.port}", "test")
    try:
        aws.client("dynamodb").put_item(TableName="orders-a", Item={"id": {"S": "1"}})
        assert "rung up" in place.run("invoke", "Till", "--event", '{"a": 1}', module="groundcloud").stderr
        poll(
            lambda: "rung up" in place.well("logs", "Till", module="groundcloud"), timeout=60, what="the function's log"
        )
        place.well("down")
        assert [pid for pid in first.values() if identity(pid)] == []
        place.well("up", "--app", str(app))
        found = aws.client("dynamodb").get_item(TableName="orders-a", Key={"id": {"S": "1"}})
        assert found["Item"] == {"id": {"S": "1"}}
    finally:
        aws.close()

    place.well("down", "--clean")
    assert sorted(path.name for path in place.home.iterdir()) == ["lock", "run.json"]
    assert "Nothing was running" in place.well("down")


def test_a_cloud_that_died_is_noticed_and_started_again(place: Place, app: Path) -> None:
    place.well("up", "--app", str(app), "--parameters", "Suffix=b")
    first = place.pids()
    os.killpg(first["cloud"], signal.SIGKILL)
    poll(lambda: identity(first["cloud"]) is None, timeout=60, what="the cloud's end")
    shown = place.well("up", "--app", str(app), "--parameters", "Suffix=b")
    assert "The cloud had died" in shown
    assert place.pids()["cloud"] != first["cloud"]
    assert place.pids()["console"] == first["console"]


def test_a_busy_port_is_a_sentence_and_nothing_is_started(place: Place, app: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", place.port))
        other.listen()
        done = place.run("up", "--app", str(app))
    assert done.returncode == 1
    assert f"Port {place.port} for the cloud is in use by" in done.stderr
    assert f"(pid {os.getpid()})" in done.stderr
    assert "GROUNDCLOUD_PORT=" in done.stderr
    assert "Traceback" not in done.stderr
    assert place.pids() == {}


def test_a_template_that_cannot_be_read_is_a_sentence(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("Resources:\n  A: [1,\n")
    done = place.run("up", "--app", str(path))
    assert done.returncode == 1
    assert f"{path}:3:1: not readable as YAML" in done.stderr


def test_the_commands_against_a_cloud_that_runs(place: Place, app: Path) -> None:
    place.well("up", "--app", str(app), "--stack", "mine", "--parameters", "Suffix=c")
    status = json.loads(place.well("status", "--json", module="groundcloud"))
    assert status["pid"] == place.pids()["cloud"]
    assert f"pid {status['pid']}" in place.well("status", module="groundcloud")
    assert place.well("mail", "--json", module="groundcloud").strip() == "[]"
    assert "No mail in 0.1 seconds" in place.run("mail", "--wait", "0.1", module="groundcloud").stderr
    assert httpx.get(f"http://127.0.0.1:{place.ui_port}/", timeout=60).status_code == 200
    assert "Say it on the command line: --yes" in place.run("destroy", "mine", module="groundcloud").stderr
    assert "Stack mine is deleted" in place.well("destroy", "mine", "--yes", module="groundcloud")
