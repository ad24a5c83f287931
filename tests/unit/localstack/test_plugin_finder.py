"""Derived plugins beside registered ones, in a plugin manager of plux itself."""

from __future__ import annotations

import pytest
from groundcloud_localstack.finder import AfterLoading, extend
from plux import Plugin, PluginFinder, PluginManager, PluginSpec

NAMESPACE = "groundcloud.test"


class Thing(Plugin):
    namespace = NAMESPACE
    name = "a:default"

    def load(self) -> None:
        pass


class Registered(PluginFinder):
    def find_plugins(self) -> list[PluginSpec]:
        return [PluginSpec(NAMESPACE, "a:default", Thing)]


def manager() -> PluginManager:
    return PluginManager(NAMESPACE, finder=Registered())


def derive(names: list[str]) -> list[PluginSpec]:
    return [PluginSpec(NAMESPACE, name, Thing) for name in ("a:default", "b:default") if name not in names]


def test_what_nobody_registered_is_found_and_loaded() -> None:
    plugins = manager()
    assert extend(plugins, derive) == ["b:default"]
    assert sorted(plugins.list_names()) == ["a:default", "b:default"]
    assert isinstance(plugins.load("b:default"), Thing)


def test_there_may_be_nothing_to_add() -> None:
    assert extend(manager(), lambda names: []) == []


def test_a_manager_that_has_looked_already_is_an_error() -> None:
    plugins = manager()
    plugins.list_names()
    with pytest.raises(RuntimeError, match=r"plugins of groundcloud\.test before"):
        extend(plugins, derive)


def test_what_is_to_change_with_a_plugin_changes_when_it_is_loaded() -> None:
    plugins = manager()
    acts: list[str] = []
    plugins.add_listener(AfterLoading(lambda name: name == "a:default", lambda: acts.append("a")))
    plugins.list_names()
    assert acts == []
    plugins.load("a:default")
    plugins.load("a:default")
    assert acts == ["a"]
