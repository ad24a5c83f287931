"""The parts of an OpenAPI definition that are read: Swagger 2.0 and OpenAPI 3 alike, with API Gateway's extensions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundcloud.stacks.structure import Structure

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_ANY = "x-amazon-apigateway-any-method"


@dataclass(frozen=True)
class Operation:
    """One method of one path. `method` is in upper case, ``ANY`` for every method; `content` the operation's object,
    `parameters` its own and its path's."""

    path: str
    method: str
    content: dict[str, Any]
    parameters: list[dict[str, Any]]


class Definition:
    """Look-ups in one definition."""

    def __init__(self, body: dict[str, Any], structure: Structure) -> None:
        self.body = body
        self.structure = structure

    def extension(self, name: str) -> Any:
        """The value of ``x-amazon-apigateway-<name>`` at the top, or None."""
        return self.body.get(f"x-amazon-apigateway-{name}")

    def section(self, swagger: str, openapi: str) -> dict[str, Any]:
        """A map of named parts: `swagger` at the top (2.0), or `openapi` below ``components`` (3)."""
        older = self.structure.mapping(self.body.get(swagger))
        newer = self.structure.mapping(self.structure.mapping(self.body.get("components")).get(openapi))
        return {**newer, **older}

    def paths(self) -> list[str]:
        return list(self.structure.mapping(self.body.get("paths")))

    def operations(self) -> list[Operation]:
        """Every method of every path, in the order of the definition."""
        found = []
        for path, item in self.structure.mapping(self.body.get("paths")).items():
            shared = self._parameters(item.get("parameters")) if isinstance(item, dict) else []
            for name, content in self.structure.mapping(item).items():
                if name.lower() not in _METHODS and name.lower() != _ANY:
                    continue
                method = "ANY" if name.lower() == _ANY else name.upper()
                own = self._parameters(content.get("parameters"))
                found.append(Operation(path, method, content, [*shared, *own]))
        return found

    def _parameters(self, node: Any) -> list[dict[str, Any]]:
        return [self.resolve(item) for item in self.structure.sequence(node)]

    def resolve(self, node: Any) -> Any:
        """What a local ``$ref`` points to (one step), or `node` itself."""
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return node
        found: Any = self.body
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = self.structure.unwrap(found.get(name)) if isinstance(found, dict) else None
        return found if found is not None else {}

    def media_types(self, content: dict[str, Any], key: str) -> list[str]:
        """`consumes` or `produces` of an operation (Swagger 2.0), the definition's, or JSON."""
        declared = content.get(key) or self.body.get(key) or ["application/json"]
        return [str(item) for item in self.structure.sequence(declared)]
