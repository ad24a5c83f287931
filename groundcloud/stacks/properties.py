"""What CloudFormation refuses of a resource's properties by the schema of its type, before it makes anything.

The words are those of its validator: https://github.com/aws-cloudformation/cloudformation-resource-schema tells of
unknown and missing keys, types and lengths, and of other keywords only that they failed, lest a value be shown. Checked
is what each property is by itself; patterns, and which properties go together, are left to the services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.intrinsics import UNKNOWN
from groundcloud.stacks.schemas import schema_of

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

_TYPES = {
    "object": "JSONObject",
    "array": "JSONArray",
    "string": "String",
    "boolean": "Boolean",
    "integer": "Integer",
    "number": "Number",
    "null": "null",
}
_LENGTHS: dict[str, tuple[str, Callable[[Any], int], Callable[[int, int], bool]]] = {
    "minLength": ("expected minLength: {0}, actual: {1}", lambda text: len(_text(text)), int.__lt__),
    "maxLength": ("expected maxLength: {0}, actual: {1}", lambda text: len(_text(text)), int.__gt__),
    "minItems": ("expected minimum item count: {0}, found: {1}", len, int.__lt__),
    "maxItems": ("expected maximum item count: {0}, found: {1}", len, int.__gt__),
}
_BORDERS: dict[str, Callable[[float, float], bool]] = {"minimum": float.__lt__, "maximum": float.__gt__}


def schema_problem(logical_id: str, kind: str, properties: Any) -> AwsError | None:
    """The refusal of a resource's properties, whose functions are evaluated (`Evaluator.outline`); None for what is in
    order, and for a type that AWS does not have."""
    validator = _validator(kind)
    if validator is None:
        return None
    errors = [f"{_pointer(error)}: {error.message}" for error in validator.iter_errors(properties)]
    if not errors:
        return None
    return validation_error(
        f"Properties validation failed for resource {logical_id} with message:\n" + "\n".join(dict.fromkeys(errors))
    )


def _pointer(error: ValidationError) -> str:
    return "/".join(["#", *(str(part) for part in error.absolute_path)])


@cache
def _validator(kind: str) -> Validator | None:
    schema = schema_of(kind)
    return _validator_class()(schema) if schema is not None else None


@cache
def _validator_class() -> Callable[[Any], Validator]:
    from jsonschema import Draft7Validator
    from jsonschema.validators import create

    theirs = {name: Draft7Validator.VALIDATORS[name] for name in ("$ref", "items", "patternProperties", "properties")}
    ours = {
        "additionalProperties": _extraneous,
        "required": _required,
        "type": _typed,
        "enum": _listed,
        **{keyword: partial(_sized, keyword) for keyword in _LENGTHS},
        **{keyword: partial(_bordered, keyword) for keyword in _BORDERS},
    }
    found: Callable[[Any], Validator] = create(
        Draft7Validator.META_SCHEMA, validators={**theirs, **ours}, type_checker=Draft7Validator.TYPE_CHECKER
    )
    return found


def _fault(message: str) -> ValidationError:
    from jsonschema import ValidationError

    return ValidationError(message)


def _failed(keyword: str) -> ValidationError:
    return _fault(f"failed validation constraint for keyword [{keyword}]")


def _extraneous(validator: Validator, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict) and allowed is False and "patternProperties" not in schema:
        for name in instance.keys() - schema.get("properties", {}).keys():
            yield _fault(f"extraneous key [{name}] is not permitted")


def _required(validator: Validator, names: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        yield from (_fault(f"required key [{name}] not found") for name in names if name not in instance)


def _typed(validator: Validator, types: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    wanted = types if isinstance(types, list) else [types]
    if _is_open(instance) or any(_is_a(name, instance) for name in wanted):
        return
    if len(wanted) > 1:
        yield _fault(f"no subschema matched out of the total {len(wanted)} subschemas")
    else:
        yield _fault(f"expected type: {_TYPES[wanted[0]]}, found: {_type_of(instance)}")


def _listed(validator: Validator, values: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not _is_open(instance) and _is_a("string", instance) and _text(instance) not in map(_text, values):
        yield _failed("enum")


def _sized(keyword: str, validator: Validator, limit: int, instance: Any, schema: Any) -> Iterator[ValidationError]:
    words, measure, exceeds = _LENGTHS[keyword]
    is_of_kind = isinstance(instance, list) if keyword.endswith("Items") else _is_a("string", instance)
    if is_of_kind and not _is_open(instance) and exceeds(measure(instance), limit):
        yield _fault(words.format(limit, measure(instance)))


def _bordered(keyword: str, validator: Validator, limit: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if _is_a("number", instance) and _BORDERS[keyword](float(instance), float(limit)):
        yield _failed(keyword)


def _is_open(value: Any) -> bool:
    """Whether a value is known only when it is deployed, or is none at all."""
    return value is UNKNOWN or value is None


def _is_a(kind: str, value: Any) -> bool:
    """CloudFormation takes the text of a number or boolean for it, and the other way round."""
    if kind == "object":
        return isinstance(value, dict)
    if kind == "array":
        return isinstance(value, list)
    if kind == "string":
        return isinstance(value, (str, bool, int, float))
    if kind == "boolean":
        return _text(value).lower() in ("true", "false")
    number = _number(value)
    return number is not None and (kind == "number" or number.is_integer())


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type_of(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "JSONObject" if isinstance(value, dict) else "JSONArray"
    if isinstance(value, bool):
        return "Boolean"
    return {int: "Integer", float: "Double"}.get(type(value), "String")
