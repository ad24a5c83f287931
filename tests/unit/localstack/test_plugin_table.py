"""The static table of entry points, by which plux finds the plugin. LocalStack itself is not needed."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests.support.tree import ROOT

PLUGIN = ROOT / "localstack" / "plugin"
TABLE: dict[str, dict[str, str]] = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]["entry-points"]


@pytest.mark.parametrize("group", TABLE)
def test_every_entry_leads_to_something(group: str) -> None:
    for target in TABLE[group].values():
        module, _, name = target.partition(":")
        source = PLUGIN / "src" / f"{module.replace('.', '/')}.py"
        defined = {getattr(node, "name", None) for node in ast.parse(source.read_text()).body}
        assert name in defined, target


def test_every_hook_is_in_the_table() -> None:
    hooks = ast.parse((PLUGIN / "src" / "groundcloud_localstack" / "hooks.py").read_text())
    names = {node.name for node in hooks.body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    listed = {target.partition(":")[2] for target in TABLE["localstack.hooks.on_infra_start"].values()}
    assert listed == names
