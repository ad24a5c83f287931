"""A resource that the cloud's engine keeps, as a stack of one: templates, schemas and models. Pure.

The engine's only general way to make a resource from a type and properties is its CloudFormation. What it then tells of
the resource, its `Ref` and its attributes, are outputs of that stack.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

REFERENCE = "Reference"
"""The output that is the resource's `Ref`."""

STACK = "GroundcloudStack"
PHYSICAL_ID = "GroundcloudPhysicalId"
"""What the model of a resource holds beside its properties and attributes."""

_OURS = (STACK, PHYSICAL_ID)
_UNKNOWN_ATTRIBUTE = re.compile(r"Requested attribute (\S+) does not exist in schema")
_PROPERTIES = "/properties/"

Model = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A resource of a template: its type, its logical id, its properties with every function resolved, and what
    CloudFormation's registry knows of the type."""

    kind: str
    logical_id: str
    properties: Mapping[str, Any]
    known: Mapping[str, Any]


def stack_name(stack: str) -> str:
    """A name for the stack of one of a resource of `stack`. It begins as that does, so that names which are made of it
    do, and no other resource has it: a replacement stands beside what it replaces for a while."""
    return f"{stack[:100]}-{uuid.uuid4().hex[:8]}"


def template(resource: Resource, attributes: Iterable[str]) -> str:
    """A template of one resource, with its `Ref` and `attributes` as outputs."""
    name = resource.logical_id
    outputs: dict[str, Any] = {REFERENCE: {"Value": {"Ref": name}}}
    for attribute in attributes:
        outputs[_output(attribute)] = {"Value": {"Fn::GetAtt": [name, attribute]}, "Description": attribute}
    wanted = {key: value for key, value in resource.properties.items() if key not in _OURS}
    made = {"Resources": {name: {"Type": resource.kind, "Properties": wanted}}, "Outputs": outputs}
    return json.dumps(made, default=str)


def _output(attribute: str) -> str:
    """An output's name has letters and digits only; its description tells the attribute."""
    return "Attribute" + re.sub(r"[^A-Za-z0-9]", "", attribute)


def attributes_of(schema: Mapping[str, Any]) -> list[str]:
    """The attributes that `Fn::GetAtt` may ask for, by the schema of a type. An object whose members are some is none
    itself, and what is inside a list is none."""
    names = [path.removeprefix(_PROPERTIES).replace("/", ".") for path in schema.get("readOnlyProperties", ())]
    single = [name for name in names if "*" not in name]
    return sorted(name for name in single if not any(other.startswith(f"{name}.") for other in single))


def unknown_attribute(reason: str) -> str | None:
    """The attribute that the engine does not have, by the reason it gives for a failure."""
    found = _UNKNOWN_ATTRIBUTE.search(reason)
    return found[1] if found else None


def schema(kind: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """The schema for LocalStack: as CloudFormation's registry has it, but the physical id is what the engine says."""
    kept = {name: known[name] for name in ("createOnlyProperties", "readOnlyProperties") if name in known}
    return {"typeName": kind, "primaryIdentifier": [f"{_PROPERTIES}{PHYSICAL_ID}"], **kept}


def model(properties: Mapping[str, Any], stack: str, outputs: Iterable[Mapping[str, str]]) -> Model:
    """What LocalStack keeps of the resource: its properties, and the attributes as the outputs tell them."""
    made: Model = {**properties, STACK: stack}
    for output in outputs:
        if output["OutputKey"] == REFERENCE:
            made[PHYSICAL_ID] = output["OutputValue"]
        else:
            _put(made, output["Description"].split("."), output["OutputValue"])
    return made


def with_identifier(made: Model, id_path: str | None) -> Model:
    """`made` with its physical id where LocalStack looks for it, for a type whose place is not ours:
    ``/properties/Name``. Such a place made of several properties is left as the properties are."""
    if not id_path or "<" in id_path:
        return made
    return {id_path.removeprefix(_PROPERTIES): made.get(PHYSICAL_ID), **made}


def _put(target: Model, path: list[str], value: str) -> None:
    for step in path[:-1]:
        inner = target.get(step)
        target[step] = dict(inner) if isinstance(inner, dict) else {}
        target = target[step]
    target[path[-1]] = value
