"""JSON Schema of the dataclasses that views return, as Flask's JSON writes them."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from typing import Any

SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


class Schemas:
    """Collects the schema of every dataclass it was asked about, by name, for `components.schemas`."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of a type: of a dataclass a reference, of anything else the schema itself. Raises `TypeError` for
        what JSON does not have."""
        if kind in SIMPLE:
            return dict(SIMPLE[kind])
        if is_dataclass(kind):
            return self._reference(kind)
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            return {"anyOf": [self.of(each) for each in arguments]}
        if origin in (list, tuple) and (origin is list or arguments[1:] == (...,)):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is tuple:
            return {"type": "array", "prefixItems": [self.of(each) for each in arguments]}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        raise TypeError(f"{kind!r} has no JSON schema: views return dataclasses of plain values")

    def _reference(self, kind: Any) -> dict[str, Any]:
        if kind.__name__ not in self.found:
            schema: dict[str, Any] = {"type": "object"}
            self.found[kind.__name__] = schema
            kinds = typing.get_type_hints(kind)
            schema["properties"] = {each.name: self.of(kinds[each.name]) for each in fields(kind)}
            schema["required"] = [each.name for each in fields(kind)]
            if kind.__doc__:
                schema["description"] = " ".join(kind.__doc__.split())
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
