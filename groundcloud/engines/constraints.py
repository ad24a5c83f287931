"""What an AWS API refuses of a request by its own model: members that must be there, ranges, lengths, patterns and sets
of values, in the words in which every API of AWS tells of them.

The constraints are botocore's; an example of the words:
https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html (ValidationError), as in
https://github.com/aws/aws-cli/issues/3229.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from groundcloud.engines.models import service_model

_LEAST, _MOST = "greater than or equal to", "less than or equal to"


def request_faults(service: str, operation: str, members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each fault of a request: the path to the member, and a sentence. `members` are those that were sent, named as the
    API names them; what is of another type than the model's is not judged, and what is part of the address or of a
    header only if it is among them."""
    shape = service_model(service).operation_model(operation).input_shape
    for name, member in shape.members.items():
        if "location" not in member.serialization or name in members:
            path = path_of(name)
            yield from ((path, one) for one in _member_faults(shape, name, members, path))


def told(faults: list[str]) -> str:
    """The message of a ValidationException."""
    plural = "s" if len(faults) > 1 else ""
    return f"{len(faults)} validation error{plural} detected: {'; '.join(faults)}"


def fault(value: object, path: str, constraint: str) -> str:
    shown = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else value
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: Member must {constraint}"


def above(limit: int) -> str:
    """The constraint of a number that is more than `limit`."""
    return f"have value {_MOST} {limit}"


def path_of(name: str) -> str:
    """A member's name as messages have it."""
    return name[:1].lower() + name[1:]


def _member_faults(shape: StructureShape, name: str, values: Mapping[str, Any], path: str) -> Iterator[str]:
    if name in values:
        yield from _faults(shape.members[name], values[name], path)
    elif name in shape.required_members:
        yield f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name in shape.members:
            yield from _member_faults(shape, name, value, f"{path}.{path_of(name)}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        yield from (fault(value, path, one) for one in _lengths(shape, len(value)))
        broken = {one: None for item in value for one in _of_scalar(shape.member, item)}
        yield from (fault(value, path, f"satisfy constraint: [Member must {one}]") for one in broken)
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        yield from _faults_of_keys(shape, value, path)
    elif not isinstance(shape, (StructureShape, ListShape, MapShape)):
        yield from (fault(value, path, one) for one in _of_scalar(shape, value))


def _faults_of_keys(shape: MapShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    """What is secret is not shown: https://github.com/trek10inc/serverless-secrets/issues/39."""
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_as_map(value)}'"
    broken = {one: None for key in value for one in _of_scalar(shape.key, key)}
    for one in broken:
        yield f"{shown} at '{path}' failed to satisfy constraint: Map keys must satisfy constraint: [Member must {one}]"


def _as_map(value: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}={item}" for key, item in value.items()) + "}"


def _of_scalar(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    if shape.type_name in ("integer", "long"):
        number = _number(value)
        if number is not None and number < limits.get("min", number):
            yield f"have value {_LEAST} {limits['min']}"
        if number is not None and number > limits.get("max", number):
            yield above(limits["max"])
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from _lengths(shape, len(value))
        if shape.enum and value not in shape.enum:
            yield f"satisfy enum value set: [{', '.join(shape.enum)}]"
        pattern = limits.get("pattern")
        if pattern and not _fits(pattern, value):
            yield f"satisfy regular expression pattern: {pattern}"


def _lengths(shape: Shape, length: int) -> Iterator[str]:
    limits = shape.metadata
    if length < limits.get("min", length):
        yield f"have length {_LEAST} {limits['min']}"
    if length > limits.get("max", length):
        yield f"have length {_MOST} {limits['max']}"


def _number(value: Any) -> int | None:
    """A template may have the text of a number for it."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _fits(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    r"""None for Java's own (``\p{L}``)."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
