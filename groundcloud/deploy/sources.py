"""Tells a local cloud where the functions' sources live, so that saving a file is enough to run it."""

from __future__ import annotations

from groundcloud.deploy.control import ControlDoor, ControlRefused
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.package import FunctionSource
from groundcloud.deploy.report import Reporter
from groundcloud.deploy.stack import StackResource, stack_resources


def tell_sources(
    control: ControlDoor,
    door: AwsDoor,
    account: str,
    resources: list[StackResource],
    functions: tuple[FunctionSource, ...],
    reporter: Reporter,
) -> int:
    """Send the sources of `functions`; how many. A cloud that refuses them still runs what was deployed, so that is a
    warning and no error. `resources` are the stack's own; those of nested stacks are looked up."""
    found = _physical_names(door, resources, functions)
    sources = [
        {
            "functionArn": f"arn:aws:lambda:{door.region}:{account}:function:{name}",
            "folder": str(function.folder),
            "handler": function.handler,
            "build": function.build,
            "digest": function.digest,
        }
        for function, name in found
    ]
    if not sources:
        return 0
    try:
        control.request("PUT", "/functions/sources", {"sources": sources})
    except ControlRefused as error:
        reporter.warn(
            f"Saved changes need a deployment to be seen: the cloud does not take the sources ({error.message})"
        )
        return 0
    return len(sources)


def _physical_names(
    door: AwsDoor, resources: list[StackResource], functions: tuple[FunctionSource, ...]
) -> list[tuple[FunctionSource, str]]:
    known: dict[tuple[str, ...], dict[str, str]] = {(): {each.logical_id: each.physical_id for each in resources}}
    found = []
    for function in functions:
        names = _names(door, function.stacks, known)
        if names.get(function.logical_id):
            found.append((function, names[function.logical_id]))
    return found


def _names(door: AwsDoor, stacks: tuple[str, ...], known: dict[tuple[str, ...], dict[str, str]]) -> dict[str, str]:
    if stacks not in known:
        stack_id = _names(door, stacks[:-1], known).get(stacks[-1])
        inner = stack_resources(door, stack_id) if stack_id else []
        known[stacks] = {each.logical_id: each.physical_id for each in inner}
    return known[stacks]
