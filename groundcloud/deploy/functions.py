"""The deployed functions, by the names people know them by: found, invoked, and their logs read."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass

from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.stack import Sleep, stack_resources
from groundcloud.errors import AwsError, UserError

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Function:
    """A deployed function: the stack and logical id it comes from (both "" for one made without a stack)."""

    name: str
    stack: str = ""
    logical_id: str = ""


@dataclass(frozen=True)
class Invoked:
    """What an invocation gave back. `error` is "" or Lambda's ``Unhandled``; `log` the last 4 KB of its log."""

    payload: str
    error: str
    log: str


@dataclass(frozen=True)
class LogLine:
    """One log event; `created` in epoch milliseconds."""

    created: int
    function: str
    text: str


def list_functions(door: AwsDoor) -> list[Function]:
    """Every function of every stack."""
    found = []
    for stack in door.pages("cloudformation", "describe_stacks", "Stacks"):
        for resource in stack_resources(door, stack["StackId"]):
            if resource.type == "AWS::Lambda::Function" and resource.physical_id:
                found.append(Function(resource.physical_id, stack["StackName"], resource.logical_id))
    return found


def find_function(door: AwsDoor, name: str, stack: str = "") -> Function:
    """The function with this logical id (in `stack`, if given) or physical name."""
    known = list_functions(door)
    found = [each for each in known if name in (each.logical_id, each.name) and stack in ("", each.stack)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(
            f"{name} is a function of several stacks: {', '.join(each.stack for each in found)}",
            'Say of which: STACK=..., or stack="..." in a test',
        )
    if not stack and _exists(door, name):
        return Function(name)
    names = ", ".join(sorted(each.logical_id for each in known if stack in ("", each.stack)))
    none = "No function is deployed: `make up` does it, or deployed(...) in a test"
    raise UserError(f"There is no function {name}", f"Deployed: {names}" if names else none)


def invoke(door: AwsDoor, function: Function, payload: bytes) -> Invoked:
    """Call `function` and wait for its answer."""
    answer = door.call("lambda", "invoke", FunctionName=function.name, Payload=payload, LogType="Tail")
    return Invoked(
        payload=answer["Payload"].read().decode(errors="replace"),
        error=answer.get("FunctionError", ""),
        log=base64.b64decode(answer.get("LogResult", "")).decode(errors="replace"),
    )


def log_lines(door: AwsDoor, function: Function, since: int) -> list[LogLine]:
    """The function's log events since `since` (epoch milliseconds), oldest first; none while it has no log group."""
    try:
        events = door.pages(
            "logs", "filter_log_events", "events", logGroupName=_log_group(door, function), startTime=since
        )
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return []
        raise
    label = function.logical_id or function.name
    lines = [LogLine(event["timestamp"], label, event["message"].rstrip("\n")) for event in events]
    return sorted(lines, key=lambda line: line.created)


def follow(door: AwsDoor, functions: list[Function], since: int, sleep: Sleep = time.sleep) -> Iterator[LogLine]:
    """The log lines of `functions` as they come, without end. A line is told once, though CloudWatch may show lines of
    the same millisecond late."""
    told: set[LogLine] = set()
    while True:
        lines = [line for function in functions for line in log_lines(door, function, since)]
        for line in sorted(lines, key=lambda line: line.created):
            if line not in told:
                told.add(line)
                yield line
        sleep(POLL_SECONDS)


def _exists(door: AwsDoor, name: str) -> bool:
    try:
        door.call("lambda", "get_function_configuration", FunctionName=name)
    except AwsError as error:
        if error.status in (400, 404):
            return False
        raise
    return True


def _log_group(door: AwsDoor, function: Function) -> str:
    configuration = door.call("lambda", "get_function_configuration", FunctionName=function.name)
    return str(configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function.name}")
