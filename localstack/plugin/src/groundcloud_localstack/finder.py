"""Plugins that are derived when plux looks for them, beside those that packages registered.

plux takes a manager's plugins from its `finder`. Ours asks the one that was there and adds what that did not find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from plux import Plugin, PluginFinder, PluginLifecycleListener, PluginManager, PluginSpec

Derive = Callable[[list[str]], Iterable[PluginSpec]]
"""From the names of the plugins that were registered to further plugins."""


class DerivedPlugins(PluginFinder):
    """`given`'s plugins, and what `derive` makes of their names."""

    def __init__(self, given: PluginFinder, derive: Derive) -> None:
        self._given, self._derive = given, derive

    def find_plugins(self) -> list[PluginSpec]:
        found: list[PluginSpec] = self._given.find_plugins()
        return [*found, *self._derive([spec.name for spec in found])]


class AfterLoading(PluginLifecycleListener):
    """Acts each time a plugin whose name `concerns` was loaded. For what must change in modules that are imported only
    when the plugin is."""

    def __init__(self, concerns: Callable[[str], bool], act: Callable[[], None]) -> None:
        self._concerns, self._act = concerns, act

    def on_load_after(self, plugin_spec: PluginSpec, plugin: Plugin, load_result: object = None) -> None:
        if self._concerns(plugin_spec.name):
            self._act()


def extend(manager: PluginManager, derive: Derive) -> list[str]:
    """Have `manager` find derived plugins too; their names. Raises `RuntimeError` when it has looked already: then it
    would never see them."""
    derived: list[list[str]] = []

    def noting(registered: list[str]) -> Iterable[PluginSpec]:
        specs = list(derive(registered))
        derived.append([spec.name for spec in specs])
        return specs

    manager.finder = DerivedPlugins(manager.finder, noting)
    manager.list_names()
    if not derived:
        raise RuntimeError(f"LocalStack looked for the plugins of {manager.namespace} before Groundcloud's were there")
    return derived[0]
