"""How Swagger 2.0 and OpenAPI 3.0 write down the same things differently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from groundcloud.errors import AwsError

Json = dict[str, Any]

_MODEL = "/models/"


@dataclass(frozen=True, slots=True)
class Style:
    """`models` is where references to models lead."""

    models: str

    @property
    def swagger(self) -> bool:
        return self is SWAGGER

    def model(self, name: str) -> Json:
        return {"$ref": self.models + name}

    def schema(self, node: Any) -> Any:
        """A model's schema, its references to other models (``https://apigateway.amazonaws.com/restapis/…/models/…``)
        put as references within the definition."""
        if isinstance(node, list):
            return [self.schema(item) for item in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and _MODEL in reference:
            return self.model(reference.rpartition(_MODEL)[2])
        return {key: self.schema(value) for key, value in node.items()}

    def text(self) -> Json:
        """The type of a parameter or header."""
        return {"type": "string"} if self.swagger else {"schema": {"type": "string"}}


SWAGGER = Style("#/definitions/")
OAS30 = Style("#/components/schemas/")


def written(document: Json, media: str) -> bytes:
    """`document` as ``json`` or ``yaml``."""
    if media == "yaml":
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode()
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def bad_export(message: str) -> AwsError:
    return AwsError("BadRequestException", message, 400)


def present(**members: Any) -> Json:
    """Those that say anything."""
    return {name: value for name, value in members.items() if value not in (None, "", {}, [])}


def moment(created: object) -> str:
    """When something was made, as `datetime` or as a snapshot keeps it, in UTC: an API without version shows it."""
    return datetime.fromisoformat(str(created)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if created else "1.0"
