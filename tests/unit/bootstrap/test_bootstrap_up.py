"""What the command line asks `up` for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrap.systems import SYSTEMS
from bootstrap.up import App, own_app, wanted_systems
from groundcloud.errors import UserError


def test_without_a_template_our_own_systems_come_up() -> None:
    assert own_app(None, "", {}) is None
    assert wanted_systems(None) == SYSTEMS


@pytest.mark.parametrize(("stack", "parameters"), [("mine", {}), ("", {"Name": "value"})])
def test_a_stack_or_parameters_without_a_template_are_refused(stack: str, parameters: dict[str, str]) -> None:
    with pytest.raises(UserError, match="APP does not name one"):
        own_app(None, stack, parameters)


def test_a_template_takes_its_stack_and_parameters(tmp_path: Path) -> None:
    app = own_app(tmp_path, "mine", {"Name": "value"})
    assert app == App(tmp_path, "mine", {"Name": "value"})
