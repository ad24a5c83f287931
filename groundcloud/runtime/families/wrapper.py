"""``AWS_LAMBDA_EXEC_WRAPPER``: a script of the function, or of a layer, that starts the runtime in Lambda's place.

It gets the interpreter with all its arguments, changes them or the environment (`_HANDLER` and `PYTHONPATH` too), and
starts them. Many put options before the last argument, which on Lambda is the runtime's script: so it is here, and what
our script is told besides goes by a variable that it takes out of its environment.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper (not for ``provided.*``)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from groundcloud.runtime.families import Plan
from groundcloud.runtime.families.guard import guarded
from groundcloud.runtime.toolchain import Place

VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
ARGUMENTS = "_GROUNDCLOUD_ARGUMENTS"
"""`python/wrapped.py` and `node/main.mjs` read it and take it away."""

_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')
"""As Lambda's own start script does it: what cannot be run ends with status 126 or 127, and says why."""


def has_wrapper(plan: Plan) -> bool:
    return bool(plan.function.variables.get(VARIABLE))


def wrapped(start: Sequence[str], arguments: Sequence[str], plan: Plan) -> tuple[list[str], Plan]:
    """The command that lets the wrapper run `start`, whose last part is the runtime's script, and the plan with the
    environment in which that script finds its `arguments`."""
    wrapper = _located(plan.function.variables[VARIABLE], plan.place)
    environ = {**plan.environ, ARGUMENTS: json.dumps(list(arguments))}
    return guarded([*_SHELL, wrapper, *start], plan.place), replace(plan, environ=environ)


def _located(wrapper: str, place: Place) -> str:
    """Where it is on this host, which without a sandbox has Lambda's folders elsewhere."""
    if place.sandboxed:
        return wrapper
    path = PurePosixPath(wrapper)
    for root, folders in (("/var/task", [place.task_root]), ("/opt", list(reversed(place.layers)))):
        if path.is_relative_to(root):
            return str(_first(folders, path.relative_to(root)) or wrapper)
    return wrapper


def _first(folders: Sequence[Path], inside: PurePosixPath) -> Path | None:
    return next((folder / inside for folder in folders if (folder / inside).exists()), None)
