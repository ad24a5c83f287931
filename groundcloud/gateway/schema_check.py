"""Whether a model's schema is one that requests can be validated by: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html: JSON Schema draft 4, with
references to other models of the API by their addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

_ADDRESS = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/(?P<name>[^/#?]+)")
_BUILT_IN = ("Empty", "Error")


def schema_problem(schema: Any, models: Collection[str]) -> str | None:
    """Why `schema` (its text) is none; `models` are the names that it may refer to."""
    if not isinstance(schema, str) or not schema.strip():
        # Recorded on AWS: "create-model-empty-schema" and "create-model-no-schema-json".
        return "Model schema must have at least 1 property or array items defined"
    try:
        document = json.loads(schema)
    except ValueError:
        return _invalid("Invalid model schema specified")
    if not isinstance(document, dict):
        return _invalid("Invalid model schema specified")
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft4Validator.check_schema(document)
    except SchemaError as error:
        return _invalid(f"Invalid model schema specified: {error.message}")
    for reference in _references(document):
        found = _ADDRESS.match(reference)
        if found is not None and found["name"] not in (*models, *_BUILT_IN):
            return _invalid(f"Invalid model reference specified: {reference}")
    return None


def _invalid(error: str) -> str:
    return f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]"


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    for item in node if isinstance(node, list) else ():
        yield from _references(item)
