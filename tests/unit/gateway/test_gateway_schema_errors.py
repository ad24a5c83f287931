"""What is said of a body that its model refuses."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft4Validator

from groundcloud.gateway.schema_errors import MAX_ERRORS, told


@pytest.mark.parametrize(
    ("schema", "body", "text"),
    [
        ({"required": ["b", "a", "c"]}, {"c": 1}, 'object has missing required properties (["a","b"])'),
        (
            {"type": ["integer", "null"]},
            "x",
            'instance type (string) does not match any allowed primitive type (allowed: ["integer","null"])',
        ),
        ({"enum": ["a"]}, "b", 'instance value ("b") not found in enum (possible values: ["a"])'),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"a": 1, "z": 2},
            'object instance has properties which are not allowed by the schema: ["z"]',
        ),
        ({"minLength": 2}, "a", 'string "a" is too short (length: 1, required minimum: 2)'),
        ({"maxLength": 1}, "ab", 'string "ab" is too long (length: 2, maximum allowed: 1)'),
        ({"pattern": "^a$"}, "b", 'ECMA 262 regex "^a$" does not match input string "b"'),
        ({"minItems": 1}, [], "array is too short: must have at least 1 elements but instance has 0 elements"),
        ({"maxItems": 1}, [1, 2], "array is too long: must have at most 1 elements but instance has 2 elements"),
        ({"minimum": 2}, 1, "numeric instance is lower than the required minimum (minimum: 2, found: 1)"),
        ({"maximum": 2}, 3.5, "numeric instance is greater than the required maximum (maximum: 2, found: 3.5)"),
        ({"multipleOf": 2}, 3, "3 is not a multiple of 2"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_fault_is_told(schema: dict[str, Any], body: Any, text: str) -> None:
    assert told(Draft4Validator(schema).iter_errors(body)) == f"[{text}]"


def test_faults_are_told_once_and_not_without_end() -> None:
    schema = {"required": ["a", "b"], "items": {"type": "string"}}
    assert told(Draft4Validator(schema).iter_errors({})) == '[object has missing required properties (["a","b"])]'
    many = told(Draft4Validator({"items": {"maximum": 0}}).iter_errors(list(range(1, 100))))
    assert many.count("numeric instance") == MAX_ERRORS
