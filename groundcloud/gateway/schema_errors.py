"""What ``$context.error.validationErrorString`` says of a body that its model refuses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html: "a detailed
validation error message". Its words are those of the Java library that AWS validates with
(https://github.com/java-json-tools/json-schema-validator); for keywords that are not listed, of the library used here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_ERRORS = 20
"""Of a body with more faults only so many are told."""


def told(errors: Iterable[ValidationError]) -> str:
    """``[first fault, second fault]``; what several errors say together is said once."""
    texts = dict.fromkeys(_text(error) for error, _ in zip(errors, range(MAX_ERRORS), strict=False))
    return f"[{', '.join(texts)}]"


def _text(error: ValidationError) -> str:
    speak = _WORDS.get(str(error.validator))
    return speak(error.instance, error.validator_value, error.schema) if speak else error.message


def _required(instance: Any, wanted: Any, _schema: Any) -> str:
    missing = sorted(name for name in wanted if name not in instance)
    return f"object has missing required properties ({_json(missing)})"


def _type(instance: Any, wanted: Any, _schema: Any) -> str:
    allowed = wanted if isinstance(wanted, list) else [wanted]
    return f"instance type ({_type_of(instance)}) does not match any allowed primitive type (allowed: {_json(allowed)})"


def _enum(instance: Any, wanted: Any, _schema: Any) -> str:
    return f"instance value ({_json(instance)}) not found in enum (possible values: {_json(wanted)})"


def _additional(instance: Any, _wanted: Any, schema: Any) -> str:
    unknown = sorted(name for name in instance if name not in schema.get("properties", {}))
    return f"object instance has properties which are not allowed by the schema: {_json(unknown)}"


def _short(instance: Any, wanted: Any, _schema: Any) -> str:
    return f'string "{instance}" is too short (length: {len(instance)}, required minimum: {wanted})'


def _long(instance: Any, wanted: Any, _schema: Any) -> str:
    return f'string "{instance}" is too long (length: {len(instance)}, maximum allowed: {wanted})'


def _pattern(instance: Any, wanted: Any, _schema: Any) -> str:
    return f'ECMA 262 regex "{wanted}" does not match input string "{instance}"'


def _few(instance: Any, wanted: Any, _schema: Any) -> str:
    return f"array is too short: must have at least {wanted} elements but instance has {len(instance)} elements"


def _many(instance: Any, wanted: Any, _schema: Any) -> str:
    return f"array is too long: must have at most {wanted} elements but instance has {len(instance)} elements"


def _low(instance: Any, wanted: Any, _schema: Any) -> str:
    return f"numeric instance is lower than the required minimum (minimum: {wanted}, found: {instance})"


def _high(instance: Any, wanted: Any, _schema: Any) -> str:
    return f"numeric instance is greater than the required maximum (maximum: {wanted}, found: {instance})"


_WORDS: dict[str, Callable[[Any, Any, Any], str]] = {
    "required": _required,
    "type": _type,
    "enum": _enum,
    "additionalProperties": _additional,
    "minLength": _short,
    "maxLength": _long,
    "pattern": _pattern,
    "minItems": _few,
    "maxItems": _many,
    "minimum": _low,
    "maximum": _high,
}


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "null")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
