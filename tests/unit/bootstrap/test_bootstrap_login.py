"""What `make login` starts, and where it does not."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.login import refuse_elsewhere, web_server
from bootstrap.runfile import RunFile
from bootstrap.services import check_ports
from groundcloud.errors import UserError
from groundcloud.settings import Settings


def test_it_runs_on_this_machine_only() -> None:
    refuse_elsewhere(Settings())
    for profile in ("aws", "localstack"):
        with pytest.raises(UserError, match=f"not on profile {profile}"):
            refuse_elsewhere(replace(Settings(), profile=profile))


def test_a_port_that_is_taken_is_told_with_the_command_that_takes_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UserError) as caught:
            check_ports((web_server({}, port),), RunFile(tmp_path / "run.json"))
    assert caught.value.hint.endswith(f"make login PORT={port + 1}")


def test_the_web_server_listens_to_this_machine_only() -> None:
    command = web_server({"LOGIN_SECRET_KEY": "x"}, 8090).command
    assert command[:2] == ("env", "LOGIN_SECRET_KEY=x")
    assert command[command.index("--bind") + 1] == "127.0.0.1:8090"
