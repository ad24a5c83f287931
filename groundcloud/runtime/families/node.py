"""``nodejsNN.x``: our bootstrap in `runtime/node`, on an installed Node.js of that version or the nearest."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from groundcloud.runtime.families import Plan, spawn
from groundcloud.runtime.families.blanks import BOOTSTRAP, Blanks, suits
from groundcloud.runtime.families.guard import guarded
from groundcloud.runtime.families.wrapper import has_wrapper, wrapped
from groundcloud.runtime.isolation.isolation import Isolation
from groundcloud.runtime.nodes import Node, Nodes
from groundcloud.runtime.process import FunctionProcess
from groundcloud.runtime.toolchain import Place


class NodeFamily:
    """Implements `Family` for Node.js."""

    language = "nodejs"

    def __init__(self, nodes: Nodes, executor: Executor, blanks: Blanks) -> None:
        self._nodes = nodes
        self._executor = executor
        self._blanks = blanks

    def runs(self, runtime: str) -> bool:
        return runtime.startswith("nodejs")

    def known(self, runtime: str) -> Node | None:
        return self._nodes.known(runtime)

    def choose(self, runtime: str) -> Node:
        return self._nodes.choose(runtime)

    def warm(self, place: Place, isolation: Isolation) -> None:
        """Start idle processes that any function may take, in the background; the code in `place` does not count."""
        self._blanks.refill(place, isolation)

    def variables(self, place: Place) -> Mapping[str, str]:
        return {"NODE_PATH": node_path(place)}

    async def start(self, plan: Plan) -> FunctionProcess:
        if plan.debug is None and suits(plan):
            taken = await self._blanks.take(plan, details(plan))
            if taken is not None:
                return taken
        command = node_command(plan)
        if has_wrapper(plan):
            command, plan = wrapped(command[:-1], command[-1:], plan)
        else:
            command = guarded(command, plan.place)
        return await spawn(self._executor, command, plan)


def node_path(place: Place) -> str:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: NODE_PATH"""
    node = place.toolchain
    assert isinstance(node, Node)
    folders: list[Path] = []
    for layer in place.layers:
        folders += [layer / "nodejs" / f"node{node.asked}" / "node_modules", layer / "nodejs" / "node_modules"]
    folders += [node.runtime_dir / "node_modules", node.runtime_dir, place.task_root]
    return os.pathsep.join(str(folder) for folder in folders)


def node_command(plan: Plan) -> list[str]:
    """Node.js with our bootstrap and, as JSON, what it is to run."""
    node = plan.place.toolchain
    assert isinstance(node, Node)
    wanted = plan.function.variables.get("NODE_OPTIONS", "").split()
    flags = [flag for flag in node.flags if flag.replace("--no-", "--") not in wanted]
    if plan.debug is not None:
        flags.append(f"{_waiting(node.version)}=127.0.0.1:{plan.debug.port}")
    return [str(node.executable), *flags, str(BOOTSTRAP), json.dumps(details(plan))]


def _waiting(version: str) -> str:
    """The option with which Node.js waits for a debugger. An older one also stops in our bootstrap's first line."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return "--inspect-wait" if (major, minor) >= (22, 3) or (major == 20 and minor >= 15) else "--inspect-brk"


def details(plan: Plan) -> dict[str, object]:
    """What the bootstrap must know besides its environment."""
    node = plan.place.toolchain
    assert isinstance(node, Node)
    return {
        "taskRoot": str(plan.place.task_root),
        "callbacks": node.callbacks,
    }
