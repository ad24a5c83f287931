"""A template → what of it stands on the map, and what uses what. Pure.

What is left out (roles, permissions, methods…) is passed through: a function uses the table that its role's policy
names, and an API the function that its method's integration names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ui.maps.kinds import ALIASES, JOINS, KINDS, NOT_USED, REVERSED
from ui.readers.types import Resource

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")

Uses = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Node:
    """One resource on the map."""

    id: str
    stack: str
    name: str
    type: str
    physical_id: str


@dataclass(frozen=True)
class Declared:
    """What one stack adds to the map. `uses` are pairs of node ids and the part of the template that says so; `names`
    lead from a service and what a trace calls the resource to its node."""

    nodes: tuple[Node, ...]
    uses: tuple[tuple[str, str, str], ...]
    names: Mapping[tuple[str, str], str]


def declared(stack: str, template: Mapping[str, Any], resources: tuple[Resource, ...]) -> Declared:
    """`resources` are those that the stack has, which a condition may have left out of the template's."""
    there = {each.logical_id: each for each in resources}
    written = template.get("Resources")
    written = written if isinstance(written, Mapping) else {}
    found = {name: each for name, each in written.items() if name in there and isinstance(each, Mapping)}
    nodes = {
        each.logical_id: Node(f"{stack}/{each.logical_id}", stack, each.logical_id, each.type, each.physical_id)
        for each in resources
        if each.type in KINDS
    }
    direct = _uses(found)
    uses = [
        (node.id, nodes[target].id, by)
        for name, node in nodes.items()
        for target, by in _reached(name, direct, nodes).items()
    ]
    return Declared(tuple(nodes.values()), tuple(uses), _names(nodes, there, found))


def names_of(service: str, name: str) -> list[str]:
    """What a trace may call a resource, and what CloudFormation may: the whole, and the last part of an ARN or URL."""
    short = name.rpartition("/")[2] if service in ("sqs", "dynamodb", "kinesis") else name.rpartition(":")[2]
    names = [name, short]
    if service == "secretsmanager" and re.search(r"-[A-Za-z0-9]{6}$", short):
        names.append(short[:-7])
    return list(dict.fromkeys(names))


def _uses(resources: Mapping[str, Mapping[str, Any]]) -> Uses:
    uses: Uses = {}
    for name, resource in resources.items():
        kind, properties = str(resource.get("Type")), resource.get("Properties")
        if not isinstance(properties, Mapping):
            continue
        if kind in JOINS:
            causes, effects = ([*_named(properties, names)] for names in JOINS[kind])
            for cause in causes:
                for effect in effects:
                    uses.setdefault(cause, {}).setdefault(effect, name)
            continue
        for key, value in properties.items():
            for other in references(value) if key not in NOT_USED else ():
                pair = (other, name) if (kind, key) in REVERSED else (name, other)
                uses.setdefault(pair[0], {}).setdefault(pair[1], f"{name}.{key}")
    return uses


def _named(properties: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        yield from references(properties.get(name))


def references(value: Any) -> Iterator[str]:
    """The logical ids that Ref, Fn::GetAtt and Fn::Sub name, anywhere in a value."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, Mapping):
            for key, inner in each.items():
                yield from _intrinsic(key, inner)
                if key not in NOT_USED:
                    left.append(inner)
        elif isinstance(each, list | tuple):
            left += reversed(each)


def _intrinsic(key: str, value: Any) -> Iterator[str]:
    if key == "Ref" and isinstance(value, str):
        yield value
    elif key == "Fn::GetAtt" and value:
        yield value.partition(".")[0] if isinstance(value, str) else str(value[0])
    elif key == "Fn::Sub":
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str):
            yield from _VARIABLE.findall(text)


def _reached(start: str, uses: Uses, nodes: Mapping[str, Node]) -> dict[str, str]:
    """The nodes that one uses, directly or through what is left out, and what of the template says so."""
    found: dict[str, str] = {}
    seen, left = {start}, [start]
    while left:
        for other, by in uses.get(left.pop(), {}).items():
            if other in seen:
                continue
            seen.add(other)
            if other in nodes:
                found[other] = by
            else:
                left.append(other)
    return found


def _names(
    nodes: Mapping[str, Node], there: Mapping[str, Resource], written: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    for node in nodes.values():
        service = KINDS[node.type].service
        for name in names_of(service, node.physical_id) if service and node.physical_id else ():
            names[service, name] = node.id
        if service == "s3":
            names["s3-website", node.physical_id] = node.id
    for logical_id, resource in there.items():
        service, key = ALIASES.get(resource.type, ("", ""))
        properties = written.get(logical_id, {}).get("Properties") or {}
        for other in references(properties.get(key)) if service else ():
            if other in nodes:
                names[service, resource.physical_id] = nodes[other].id
    return names
