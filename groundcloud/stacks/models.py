"""JSON schemas of a definition as API Gateway models.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from groundcloud.stacks.definition import Definition
from groundcloud.stacks.naming import expanded_id

_LOCAL = ("#/definitions/", "#/components/schemas/")


class Models:
    """The models of one API. `resources` grows when an operation brings a schema of its own."""

    def __init__(self, api: str, definition: Definition) -> None:
        self._api = api
        self.resources: dict[str, dict[str, Any]] = {}
        for name, schema in definition.section("definitions", "schemas").items():
            self._add(name, schema)

    def _add(self, name: str, schema: Any) -> dict[str, Any]:
        logical_id = expanded_id(self._api, "Model", name)
        self.resources[logical_id] = {
            "Type": "AWS::ApiGateway::Model",
            "Properties": {
                "RestApiId": {"Ref": self._api},
                "Name": name,
                "ContentType": "application/json",
                "Schema": self._schema(schema),
            },
        }
        return {"Ref": logical_id}

    def _schema(self, node: Any) -> Any:
        """`node` with references to other definitions put as the addresses that API Gateway gives its models."""
        if isinstance(node, list):
            return [self._schema(item) for item in node]
        if not isinstance(node, dict):
            return node
        name = _definition_name(node)
        if name is not None:
            address = f"https://apigateway.amazonaws.com/restapis/${{{self._api}}}/models/{name}"
            return {"$ref": {"Fn::Sub": address}}
        return {key: self._schema(value) for key, value in node.items()}

    def reference(self, schema: Any) -> Any:
        """What a method names for `schema`: the model it refers to, or one made for it."""
        name = _definition_name(schema) if isinstance(schema, dict) else None
        if name is not None:
            logical_id = expanded_id(self._api, "Model", name)
            return {"Ref": logical_id} if logical_id in self.resources else name
        digest = hashlib.sha256(json.dumps(schema, sort_keys=True, default=str).encode()).hexdigest()
        return self._add(f"MODEL{digest[:6]}", schema)


def _definition_name(schema: dict[str, Any]) -> str | None:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        for prefix in _LOCAL:
            if reference.startswith(prefix):
                return reference[len(prefix) :]
    return None
